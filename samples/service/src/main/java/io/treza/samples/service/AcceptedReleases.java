package io.treza.samples.service;

import com.sun.net.httpserver.Headers;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.StatementVerifier;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The releases of the other application that are in force: the newest signed file that anybody
 * brought. Whoever brings it need not be trusted, since the key that signs it is in the image; an
 * older file than the one in force is refused, and one that is kept from this enclave ends by itself.
 *
 * <p>That the two images name a key and not each other's measurements also lets either change without
 * the other.
 */
final class AcceptedReleases implements ReferenceValuesSource {
  private final ReferenceValuesVerifier verifier;
  private final AtomicReference<Optional<ReferenceValues>> inForce =
      new AtomicReference<>(Optional.empty());

  AcceptedReleases(StatementVerifier signatures, String application) {
    this.verifier = ReferenceValuesVerifier.builder(signatures, application).build();
  }

  /**
   * Takes a file, if it is right and no older than what was taken before.
   *
   * @param file a DSSE envelope
   */
  ReferenceValues accept(byte[] file) throws ReferenceValuesException {
    ReferenceValues values = verifier.verify(file).values();
    inForce.updateAndGet(before -> before
        .filter(old -> old.sequence() > values.sequence())
        .or(() -> Optional.of(values)));
    return values;
  }

  /** Answers a request that brings a file. */
  Api.Answer put(Headers headers, byte[] file) {
    try {
      return Api.Answer.text(200, "in force: " + accept(file));
    } catch (ReferenceValuesException e) {
      return Api.Answer.text(403, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public ReferenceValues current() throws ReferenceValuesException {
    return inForce
        .get()
        .orElseThrow(() -> new ReferenceValuesException(
            Problem.UNAVAILABLE, "nobody has brought reference values yet: PUT /reference-values"));
  }

  @Override
  public ReferenceValues refresh() throws ReferenceValuesException {
    return current();
  }
}
