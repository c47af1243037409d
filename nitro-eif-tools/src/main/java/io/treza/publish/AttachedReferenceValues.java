package io.treza.publish;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.image.ImageAttachments;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Signed reference values attached to a container image in its registry. Each publication is
 * attached beside those before it; the newest that is accepted counts.
 */
public final class AttachedReferenceValues {
  /** What {@link ReferenceValues#sign} makes. */
  public static final String ENVELOPE = "application/vnd.dsse.envelope.v1+json";

  /** What {@code actions/attest} and cosign make. */
  public static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

  private final ImageAttachments attachments;

  private AttachedReferenceValues(ImageAttachments attachments) {
    this.attachments = attachments;
  }

  /**
   * Those of one image.
   *
   * @param image with its digest
   * @throws IllegalArgumentException if it has none
   */
  public static AttachedReferenceValues of(RegistryReference image, RegistryAccess access) {
    return new AttachedReferenceValues(ImageAttachments.of(image, access));
  }

  /**
   * Every envelope and bundle that is attached, of whatever content and signed by whomever.
   *
   * @throws IOException if the registry cannot be reached, refuses or breaks a rule
   */
  public List<byte[]> unverified() throws IOException {
    return attachments.read(Set.of(ENVELOPE, BUNDLE));
  }

  /**
   * The file with the highest sequence of those that {@code verifier} accepts and that have a
   * release with this image.
   *
   * @throws IOException if the registry cannot be reached, refuses or breaks a rule
   * @throws ReferenceValuesException if none is accepted; why the last one was not
   */
  public byte[] newest(ReferenceValuesVerifier verifier)
      throws IOException, ReferenceValuesException {
    record Accepted(byte[] file, long sequence) {}

    Optional<Accepted> newest = Optional.empty();
    ReferenceValuesException refusal = new ReferenceValuesException(
        Problem.UNAVAILABLE, attachments.image() + ": no signed reference values are attached");
    for (byte[] file : unverified()) {
      try {
        ReferenceValues values = verifier.verify(file).values();
        requireImage(values);
        newest = newest
            .filter(a -> a.sequence() >= values.sequence())
            .or(() -> Optional.of(new Accepted(file, values.sequence())));
      } catch (ReferenceValuesException e) {
        refusal = e;
      }
    }
    if (newest.isEmpty()) {
      throw refusal;
    }
    return newest.get().file();
  }

  private void requireImage(ReferenceValues values) throws ReferenceValuesException {
    String digest = attachments.image().digest().orElseThrow();
    if (values.releases().stream()
        .noneMatch(r -> r.image().filter(i -> i.digest().equals(digest)).isPresent())) {
      throw new ReferenceValuesException(
          Problem.SUBJECT,
          values + ": has no release with the image " + digest + "; it is attached to another's");
    }
  }

  /**
   * Attaches a signed file.
   *
   * @param values what it says: one release must have this image
   * @param file the envelope or bundle
   * @param mediaType {@link #ENVELOPE} or {@link #BUNDLE}
   * @return digest of the artifact that it became, {@code sha256:…}
   * @throws ReferenceValuesException if no release has this image
   * @throws IOException if the registry cannot be reached, refuses or breaks a rule
   */
  public String push(ReferenceValues values, byte[] file, String mediaType)
      throws IOException, ReferenceValuesException {
    requireImage(values);
    return attachments.attach(mediaType, file);
  }
}
