package io.treza.audit;

/** Whether what a check asks for has any effect inside an enclave. */
public enum InEnclave {
  /** It holds inside as it does outside. */
  EFFECTIVE("holds as it does outside"),
  /** Part of it holds inside. */
  PARTLY("holds in part"),
  /** It binds the container runtime or the parent instance, and nothing inside. */
  NO_EFFECT("has no effect"),
  /** It is about the enclave only. */
  ENCLAVE_ONLY("matters there only");

  private final String text;

  InEnclave(String text) {
    this.text = text;
  }

  /** In words, to follow "in an enclave". */
  public String text() {
    return text;
  }
}
