package io.treza.aws.eks;

/** How a pod's agent is asked for evidence. */
public enum Reach {
  /** At the pod's own address, from within the cluster's network. */
  POD_IP,
  /** Through the API server, from anywhere; needs the right to {@code create pods/portforward}. */
  PORT_FORWARD
}
