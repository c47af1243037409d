package io.treza.aws.eks;

import io.treza.attestation.Rejection;
import java.time.Instant;
import java.util.Optional;

/** What a gatekeeper found out about the enclave in a pod. */
public sealed interface PodVerdict {
  /** One word for machines, for example a {@link io.treza.attestation.Reason}. */
  String reason();

  /** One line for people. */
  String explanation();

  /** Whether the pod's gate is open. */
  default boolean admits() {
    return this instanceof Verified;
  }

  /**
   * Evidence was verified.
   *
   * @param moduleId of the enclave
   * @param release the name of the measurements that matched, if they have one
   * @param at when
   */
  record Verified(String moduleId, Optional<String> release, Instant at) implements PodVerdict {
    @Override
    public String reason() {
      return "Verified";
    }

    @Override
    public String explanation() {
      return "enclave " + moduleId + release.map(r -> " runs " + r).orElse(" was verified");
    }
  }

  /** Evidence was refused. */
  record Rejected(Rejection rejection) implements PodVerdict {
    @Override
    public String reason() {
      return rejection.reason().name();
    }

    @Override
    public String explanation() {
      return rejection.toString();
    }
  }

  /**
   * The evidence is good, but of an enclave that another pod showed before: somebody passes it on.
   *
   * @param moduleId of the enclave
   * @param otherPod the name of that pod
   */
  record SharedEnclave(String moduleId, String otherPod) implements PodVerdict {
    @Override
    public String reason() {
      return "SharedEnclave";
    }

    @Override
    public String explanation() {
      return "enclave " + moduleId + " is that of pod " + otherPod
          + " already: its evidence is passed on to this pod, or the pod has that one's address";
    }
  }

  /** Nobody has said what may run in this deployment. */
  record NotExpected(String deployment) implements PodVerdict {
    @Override
    public String reason() {
      return "NotExpected";
    }

    @Override
    public String explanation() {
      return "nothing is known of what may run in deployment " + deployment
          + ": give the gatekeeper its measurements";
    }
  }

  /** There was no evidence, or it could not be judged. */
  record NotAnswering(String why) implements PodVerdict {
    @Override
    public String reason() {
      return "NotAnswering";
    }

    @Override
    public String explanation() {
      return why;
    }
  }
}
