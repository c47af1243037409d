package io.treza.aws.eks.played;

/**
 * What the pods of an image do.
 *
 * @param enclaveImage what boots in them, which its measurements follow from
 * @param debugMode whether it boots in debug mode
 * @param silent whether its agent hangs up on callers
 * @param crashes whether the container ends at once, again and again
 * @param lastWords what it says then
 */
public record Behaviour(
    String enclaveImage, boolean debugMode, boolean silent, boolean crashes, String lastWords) {
  /** Boots what it is meant to: an enclave measured as this image. */
  public static Behaviour of(String enclaveImage) {
    return new Behaviour(enclaveImage, false, false, false, "");
  }

  /** The same in debug mode. */
  public Behaviour inDebugMode() {
    return new Behaviour(enclaveImage, true, silent, crashes, lastWords);
  }

  /** The same with an agent that does not answer. */
  public Behaviour withoutAnswer() {
    return new Behaviour(enclaveImage, debugMode, true, crashes, lastWords);
  }

  /** The container ends at once. */
  public static Behaviour crashing(String lastWords) {
    return new Behaviour("", false, false, true, lastWords);
  }
}
