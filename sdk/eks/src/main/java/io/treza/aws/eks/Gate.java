package io.treza.aws.eks;

/** What a pod's condition {@code treza.io/attested} says; a claim, which the cluster keeps. */
public enum Gate {
  /** Nothing yet. */
  UNKNOWN,
  /** It was attested. */
  OPEN,
  /** It was not, or no longer. */
  SHUT
}
