package io.treza.publish;

import io.treza.attestation.Measurements;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.eif.BlobIdentity;
import io.treza.eif.EifException;
import io.treza.eif.EifFile;
import io.treza.eif.EifMeasurements;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Makes the next file of reference values from the one before: its sequence is one higher, so that a
 * relying party which has seen it refuses the one before.
 *
 * @param issuedAt when it is published
 * @param lifetime how long it is accepted from then on
 */
public record Publication(Instant issuedAt, Duration lifetime) {
  private static final int BUFFER = 1 << 16;

  /**
   * What an enclave image file shows.
   *
   * @param eif digests of the file
   * @param blobs what it boots with, as {@link Release#blobs()}
   */
  public record Measured(
      Measurements measurements, Release.Eif eif, SortedMap<String, String> blobs) {
    public Measured {
      blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
    }
  }

  /**
   * Measures an enclave image file.
   *
   * @param release what to call the release
   * @throws EifException if the file breaks a rule of its format, so that it has no one measurement
   * @throws IOException if it cannot be read
   */
  public static Measured measure(EifFile file, String release) throws IOException {
    EifMeasurements measured = file.measurements()
        .filter(m -> file.violations().isEmpty())
        .orElseThrow(() -> new EifException(
            file.path() + ": breaks the rules of its format, so what it measures to cannot be"
                + " published; run treza eif lint on it"));
    Measurements.Builder measurements = Measurements.builder().release(release);
    for (int register : List.of(0, 1, 2)) {
      measurements.pcr(register, HexFormat.of().formatHex(measured.pcr(register)));
    }
    measured.pcr8().ifPresent(pcr8 -> measurements.pcr(8, pcr8));
    SortedMap<String, String> blobs = new TreeMap<>();
    BlobIdentity.of(file).digests().forEach((name, sha256) -> blobs.put(name, "sha256:" + sha256));
    return new Measured(measurements.build(), digests(file), blobs);
  }

  private static Release.Eif digests(EifFile file) throws IOException {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      MessageDigest sha384 = MessageDigest.getInstance("SHA-384");
      byte[] buffer = new byte[BUFFER];
      try (InputStream in = Files.newInputStream(file.path())) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          sha256.update(buffer, 0, n);
          sha384.update(buffer, 0, n);
        }
      }
      HexFormat hex = HexFormat.of();
      return new Release.Eif(hex.formatHex(sha256.digest()), hex.formatHex(sha384.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-2", e);
    }
  }

  /** The first file of an application. */
  public ReferenceValues first(String application, Release release) {
    return ReferenceValues.builder(application)
        .sequence(1)
        .issuedAt(issuedAt)
        .expiresAt(issuedAt.plus(lifetime))
        .release(release)
        .build();
  }

  /**
   * With one more release.
   *
   * @throws IllegalArgumentException if there is one of its name
   */
  public ReferenceValues add(ReferenceValues before, Release release) {
    if (find(before, release.name()).isPresent()) {
      throw new IllegalArgumentException(
          "there is a release " + release.name() + " already; replace it, or choose another name");
    }
    List<Release> releases = new ArrayList<>(before.releases());
    releases.add(release);
    return next(before, releases);
  }

  /**
   * With another release of the same name in the place of one.
   *
   * @throws IllegalArgumentException if there is none of its name, or it is revoked
   */
  public ReferenceValues replace(ReferenceValues before, Release release) {
    return change(before, release.name(), old -> {
      if (old.status() == ReleaseStatus.REVOKED) {
        throw revoked(release.name());
      }
      return release;
    });
  }

  /** What is not in the file is only unknown, until something else accepts the same PCRs. */
  private static IllegalArgumentException revoked(String name) {
    return new IllegalArgumentException("release " + name + " is revoked for good and must stay in"
        + " the file; publish another build under another name");
  }

  /**
   * With another status of one release. A revoked one stays revoked: its measurements might have
   * been trusted again by mistake.
   *
   * @throws IllegalArgumentException if there is none of this name, or it is revoked
   */
  public ReferenceValues withStatus(ReferenceValues before, String name, ReleaseStatus status) {
    return change(before, name, old -> {
      if (old.status() == ReleaseStatus.REVOKED && status != ReleaseStatus.REVOKED) {
        throw revoked(name);
      }
      return old.withStatus(status);
    });
  }

  private ReferenceValues change(
      ReferenceValues before, String name, UnaryOperator<Release> changed) {
    if (find(before, name).isEmpty()) {
      throw new IllegalArgumentException("there is no release " + name + " in it, but "
          + before.releases().stream().map(Release::name).toList());
    }
    return next(
        before,
        before.releases().stream()
            .map(r -> r.name().equals(name) ? changed.apply(r) : r)
            .toList());
  }

  /** The same releases for longer. */
  public ReferenceValues renew(ReferenceValues before) {
    return next(before, before.releases());
  }

  /** With these releases in the place of all. */
  public ReferenceValues next(ReferenceValues before, List<Release> releases) {
    return before.toBuilder()
        .sequence(before.sequence() + 1)
        .issuedAt(issuedAt)
        .expiresAt(issuedAt.plus(lifetime))
        .releases(releases)
        .build();
  }

  private static Optional<Release> find(ReferenceValues values, String name) {
    return values.releases().stream().filter(r -> r.name().equals(name)).findFirst();
  }
}
