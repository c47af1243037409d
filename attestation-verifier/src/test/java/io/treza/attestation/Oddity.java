package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.treza.testkit.DocumentBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Something that looks odd and is right.
 *
 * @param name what is odd
 * @param making makes it so
 */
record Oddity(String name, Consumer<Trial> making) {
  /** An oddity of the document alone. */
  static Oddity inDocument(String name, Consumer<DocumentBuilder> change) {
    return new Oddity(name, trial -> trial.document(change));
  }

  /** Fails unless every step passes; an audit has all but the challenge. */
  void check() {
    Trial trial = new Trial();
    making.accept(trial);
    Object result = trial.judge();
    if (result instanceof AuditedAttestation audited) {
      assertEquals(
          Arrays.stream(Step.values()).filter(step -> step != Step.CHALLENGE).toList(),
          audited.steps());
    } else {
      assertEquals(
          List.of(Step.values()),
          assertInstanceOf(VerifiedAttestation.class, result, result::toString).steps());
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
