package io.treza.aws.eks;

import io.treza.attestation.Expectation;
import java.util.Optional;

/**
 * What may run in a deployment's pods: the relying party's own word, which no cluster is asked for.
 * Safe for use by several threads.
 *
 * <p>While one release replaces another both may run:
 * {@code (name, nonce) -> Optional.of(Expectation.releases(source).nonce(nonce))}.
 */
@FunctionalInterface
public interface Admission {
  /**
   * What evidence for this nonce has to show.
   *
   * @param deployment the name in the pod's label
   * @return empty if nothing may run there
   */
  Optional<Expectation.Builder> expect(String deployment, byte[] nonce);
}
