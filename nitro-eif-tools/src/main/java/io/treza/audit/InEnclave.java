package io.treza.audit;

/** Whether what a check asks for has any effect inside an enclave that AWS's init starts. */
public enum InEnclave {
  /** It holds inside as it does outside. */
  EFFECTIVE,
  /** Part of it holds inside. */
  PARTLY,
  /** It binds the container runtime or the parent instance, and nothing inside. */
  NO_EFFECT,
  /** It is about the enclave only. */
  ENCLAVE_ONLY
}
