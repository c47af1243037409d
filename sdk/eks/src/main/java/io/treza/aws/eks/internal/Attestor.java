package io.treza.aws.eks.internal;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.Release;
import io.treza.aws.eks.Admission;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.PodVerdict;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/** Asks one pod for evidence with a nonce of its own, and judges it. Thread-safe. */
public final class Attestor {
  /** How evidence is reached. */
  @FunctionalInterface
  public interface Evidence {
    /** A document that carries the nonce, by rights. */
    byte[] of(EnclavePod pod, byte[] nonce) throws IOException;
  }

  /** Which instance a node is. */
  @FunctionalInterface
  public interface Instances {
    /** An EC2 instance's id. */
    String of(String node) throws IOException;
  }

  private static final int NONCE_BYTES = 32;

  private final AttestationVerifier verifier;
  private final Admission admission;
  private final Evidence evidence;
  private final Optional<Instances> instances;
  private final SecureRandom random = new SecureRandom();

  /**
   * One who judges with a verifier.
   *
   * @param instances if an enclave has to be on the instance that is its pod's node
   */
  public Attestor(
      AttestationVerifier verifier,
      Admission admission,
      Evidence evidence,
      Optional<Instances> instances) {
    this.verifier = verifier;
    this.admission = admission;
    this.evidence = evidence;
    this.instances = instances;
  }

  /** Whether anything may run in a deployment. */
  public boolean expects(String deployment) {
    return admission.expect(deployment, new byte[NONCE_BYTES]).isPresent();
  }

  /** What the enclave in a pod proves. */
  public PodVerdict judge(EnclavePod pod) {
    try {
      byte[] nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce);
      Optional<Expectation.Builder> expected = admission.expect(pod.deployment(), nonce);
      if (expected.isEmpty()) {
        return new PodVerdict.NotExpected(pod.deployment());
      }
      if (instances.isPresent()) {
        expected.get().instanceId(instances.get().of(node(pod)));
      }
      Expectation expectation = expected.get().build();
      return verdict(verifier.verify(evidence.of(pod, nonce), expectation), nonce);
    } catch (IOException e) {
      return new PodVerdict.NotAnswering(
          "no evidence from pod " + pod.name() + ": " + String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // Of the caller's Admission: whatever it is, the gate does not open.
      return new PodVerdict.NotAnswering("evidence of pod " + pod.name() + " is not judged: " + e);
    }
  }

  private static String node(EnclavePod pod) throws IOException {
    return pod.node().orElseThrow(() -> new IOException("it is on no node"));
  }

  private static PodVerdict verdict(VerificationResult result, byte[] nonce) {
    if (result instanceof Rejection rejection) {
      return new PodVerdict.Rejected(rejection);
    }
    VerifiedAttestation verified = (VerifiedAttestation) result;
    if (!Arrays.equals(verified.document().nonce().orElse(new byte[0]), nonce)) {
      return new PodVerdict.NotAnswering(
          "the expectation does not demand the nonce: give it the one that Admission is given");
    }
    return new PodVerdict.Verified(
        verified.moduleId(),
        verified
            .release()
            .map(Release::name)
            .or(() -> verified.measurements().map(Measurements::release))
            .filter(name -> !name.isEmpty()),
        verified.verifiedAt());
  }
}
