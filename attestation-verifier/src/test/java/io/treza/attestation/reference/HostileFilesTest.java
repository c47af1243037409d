package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that must be refused, each for its own problem, and variations that must be accepted. */
class HostileFilesTest {
  static Stream<HostileFile> refuses() {
    return HostileFile.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refuses(HostileFile file) {
    ReferenceValuesException refused = assertThrows(
        ReferenceValuesException.class, () -> ReferenceValues.parseUnsigned(file.json(), "release"));
    assertEquals(file.problem(), refused.problem(), refused::getMessage);
    String message = refused.getMessage();
    assertTrue(message.length() < 500, message);
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
  }

  @Test
  void areManyAndDifferent() {
    Set<String> names = HostileFile.all().map(HostileFile::name).collect(Collectors.toSet());
    assertEquals(HostileFile.all().count(), names.size());
    assertTrue(names.size() >= 50, "found " + names.size());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void accepts(LegalFile file) throws ReferenceValuesException {
    assertEquals(
        Samples.complete(), ReferenceValues.parseUnsigned(Samples.utf8(file.json()), "ignored"));
  }

  static Stream<LegalFile> accepts() {
    return LegalFile.all();
  }

  @Test
  void saysWhereItIsWrong() {
    for (List<String> expected : List.of(
        List.of("PCR0 of 47 bytes", "measurements[0].pcrs: PCR0: a PCR is"),
        List.of("a digest cut short", "measurements[0]: eif.sha256: expected 64 lower-case"),
        List.of("an audit of another image", "measurements[0]: audit.image: the audit is of"),
        List.of("no sequence", "sequence is missing"),
        List.of("sequence twice", "not JSON with each key once: Duplicate field 'sequence'"),
        List.of("an unknown status", "measurements[0].status: \"trusted\" is not understood"))) {
      HostileFile file = HostileFile.all()
          .filter(f -> f.name().equals(expected.get(0)))
          .findFirst()
          .orElseThrow();
      String message = assertThrows(
              ReferenceValuesException.class,
              () -> ReferenceValues.parseUnsigned(file.json(), "release"))
          .getMessage();
      assertTrue(message.startsWith(expected.get(1)), message);
    }
  }

  @Test
  void everyProblemOfTheFormatIsThere() {
    assertEquals(
        Set.of(Problem.TOO_LARGE, Problem.NOT_JSON, Problem.FORM, Problem.VALUE),
        HostileFile.all().map(HostileFile::problem).collect(Collectors.toSet()));
  }
}
