package io.treza.attestation.reference;

import io.treza.attestation.Measurements;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One published release: what it measures to, whether it may be trusted, and what it was made of.
 * Immutable.
 *
 * @param measurements the PCRs, under the release's name, which must not be empty
 * @param status what the publisher says of it
 * @param notBefore the first moment at which documents of it are accepted; empty for no limit
 * @param notAfter the last such moment; empty for no limit
 * @param eif the enclave image file
 * @param image the container image in it
 * @param audit what the audit of that image came to
 * @param source what it was built from
 * @param blobs {@code sha256:} digests of the build's other inputs by name, for example {@code
 *     kernel}, {@code cmdline} and {@code init}
 */
public record Release(
    Measurements measurements,
    ReleaseStatus status,
    Optional<Instant> notBefore,
    Optional<Instant> notAfter,
    Optional<Eif> eif,
    Optional<Image> image,
    Optional<AuditVerdict> audit,
    Optional<Source> source,
    SortedMap<String, String> blobs) {

  /**
   * Digests of an enclave image file.
   *
   * @param sha256 64 lower-case hexadecimal digits
   * @param sha384 96 lower-case hexadecimal digits
   */
  public record Eif(String sha256, String sha384) {
    /** Refuses what is no digest. */
    public Eif {
      Checked.lowerHex("eif.sha256", sha256, 64);
      Checked.lowerHex("eif.sha384", sha384, 96);
    }
  }

  /**
   * A container image.
   *
   * @param name where it is, for example {@code registry.example/payments}
   * @param digest of its manifest, {@code sha256:} and 64 hexadecimal digits
   */
  public record Image(String name, String digest) {
    /** Refuses a name that is no line, and what is no digest. */
    public Image {
      Checked.line("image.name", name);
      Checked.sha256Digest("image.digest", digest);
    }
  }

  /**
   * What a release was built from.
   *
   * @param repository for example {@code https://github.com/example/payments}
   * @param commit 40 or 64 lower-case hexadecimal digits
   * @param workflow what built it, for example {@code .github/workflows/release.yml}
   */
  public record Source(String repository, String commit, Optional<String> workflow) {
    /** Refuses texts that are no line, and what is no commit id. */
    public Source {
      Checked.line("source.repository", repository);
      Checked.lowerHex("source.commit", commit, commit.length() == 64 ? 64 : 40);
      workflow.ifPresent(value -> Checked.line("source.workflow", value));
    }
  }

  /** Refuses a release without a name, an empty window, and the audit of another image. */
  public Release {
    Checked.line("release", measurements.release());
    Objects.requireNonNull(status);
    notBefore = notBefore.map(time -> Checked.time("notBefore", time));
    notAfter = notAfter.map(time -> Checked.time("notAfter", time));
    if (notBefore.isPresent() && notAfter.isPresent() && notAfter.get().isBefore(notBefore.get())) {
      throw new IllegalArgumentException("notAfter: " + notAfter.get() + " is before notBefore");
    }
    if (audit.isPresent()) {
      String audited = audit.get().image();
      if (!image.map(Image::digest).equals(Optional.of(audited))) {
        throw new IllegalArgumentException(
            "audit.image: the audit is of " + audited + ", which is not the release's image");
      }
    }
    blobs.forEach((name, digest) -> {
      Checked.line("blobs", name);
      Checked.sha256Digest("blobs." + name, digest);
    });
    blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
  }

  /** What the release is called. */
  public String name() {
    return measurements.release();
  }

  /** The same release with another status. */
  public Release withStatus(ReleaseStatus changed) {
    return toBuilder().status(changed).build();
  }

  /** Starts an active release of which nothing but the measurements is known. */
  public static Builder builder(Measurements measurements) {
    return new Builder(measurements);
  }

  /** Starts with everything that is known of this release. */
  public Builder toBuilder() {
    Builder builder = new Builder(measurements).status(status).blobs(blobs);
    builder.notBefore = notBefore;
    builder.notAfter = notAfter;
    builder.eif = eif;
    builder.image = image;
    builder.audit = audit;
    builder.source = source;
    return builder;
  }

  /** Collects what is known of a release. */
  public static final class Builder {
    private final Measurements measurements;
    private ReleaseStatus status = ReleaseStatus.ACTIVE;
    private Optional<Instant> notBefore = Optional.empty();
    private Optional<Instant> notAfter = Optional.empty();
    private Optional<Eif> eif = Optional.empty();
    private Optional<Image> image = Optional.empty();
    private Optional<AuditVerdict> audit = Optional.empty();
    private Optional<Source> source = Optional.empty();
    private final SortedMap<String, String> blobs = new TreeMap<>();

    private Builder(Measurements measurements) {
      this.measurements = measurements;
    }

    /** What the publisher says of it; active unless set. */
    public Builder status(ReleaseStatus value) {
      this.status = value;
      return this;
    }

    /** The first moment at which documents of it are accepted; fractions of a second are cut. */
    public Builder notBefore(Instant value) {
      this.notBefore = Optional.of(value);
      return this;
    }

    /** The last moment at which documents of it are accepted; fractions of a second are cut. */
    public Builder notAfter(Instant value) {
      this.notAfter = Optional.of(value);
      return this;
    }

    /** The enclave image file. */
    public Builder eif(Eif value) {
      this.eif = Optional.of(value);
      return this;
    }

    /** The container image in it. */
    public Builder image(Image value) {
      this.image = Optional.of(value);
      return this;
    }

    /** What the audit of the container image came to. */
    public Builder audit(AuditVerdict value) {
      this.audit = Optional.of(value);
      return this;
    }

    /** What it was built from. */
    public Builder source(Source value) {
      this.source = Optional.of(value);
      return this;
    }

    /** Adds digests of the build's other inputs, {@code sha256:…}, by name. */
    public Builder blobs(Map<String, String> digests) {
      this.blobs.putAll(digests);
      return this;
    }

    /**
     * The release.
     *
     * @throws IllegalArgumentException if a value is not of its form, or the audit is of another
     *     image
     */
    public Release build() {
      return new Release(
          measurements, status, notBefore, notAfter, eif, image, audit, source, blobs);
    }
  }
}
