package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.DocumentBuilder;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One way to be wrong, and the one answer to it.
 *
 * @param name what is wrong
 * @param step the step that must notice; all before it pass
 * @param reason what it must say
 * @param making makes it wrong
 */
record Fault(String name, Step step, Reason reason, Consumer<Trial> making) {
  /** A fault of the document alone. */
  static Fault inDocument(String name, Step step, Reason reason, Consumer<DocumentBuilder> change) {
    return new Fault(name, step, reason, trial -> trial.document(change));
  }

  /** The same fault of the certificate at each of these levels; all refused before SIGNATURE. */
  static Stream<Fault> atEach(
      Set<Level> levels,
      String name,
      Step step,
      Reason reason,
      Consumer<CertificateBuilder> change) {
    // Signed by one key throughout, since not every leaf key here can make a signature of 96 bytes.
    PrivateKey signer = Trial.CHAIN.leaf().keys().getPrivate();
    return levels.stream()
        .map(level -> new Fault(
            level + ": " + name,
            step,
            reason,
            trial -> trial.certificate(level, change).document(d -> d.signer(signer))));
  }

  /** Fails unless the fault is refused, by this step and for this reason. */
  void check() {
    Trial trial = new Trial();
    making.accept(trial);
    Object result = trial.judge();
    Rejection rejection = assertInstanceOf(Rejection.class, result, result::toString);
    assertEquals(reason, rejection.reason(), rejection::toString);
    assertEquals(
        Arrays.stream(Step.values()).takeWhile(passed -> passed != step).toList(),
        rejection.passed(),
        rejection::toString);
    assertEquals(step.compareTo(Step.SIGNATURE) > 0, rejection.authenticated());
    assertEquals(step.compareTo(Step.FIELDS) > 0, rejection.document().isPresent());
  }

  @Override
  public String toString() {
    return name + ": " + reason;
  }
}
