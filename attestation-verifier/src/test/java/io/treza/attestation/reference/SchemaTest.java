package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The published JSON Schema accepts and refuses what the reader does, as far as a schema can. */
class SchemaTest {
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private final Schema schema = registry.getSchema(resource());

  private static String resource() {
    try (InputStream in =
        ReferenceValues.class.getResourceAsStream("reference-values.schema.json")) {
      return Samples.text(in.readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Error> errors(String json) {
    return schema.validate(
        json,
        InputFormat.JSON,
        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
  }

  @Test
  void acceptsWhatIsWrittenForAnyValues() {
    Random random = new Random(9);
    for (int i = 0; i < 300; i++) {
      String json = Samples.text(Samples.random(random).toJson());
      assertEquals(List.of(), errors(json), json);
    }
  }

  @ParameterizedTest
  @MethodSource
  void acceptsEveryLegalVariation(LegalFile file) {
    assertEquals(List.of(), errors(file.json()));
  }

  static Stream<LegalFile> acceptsEveryLegalVariation() {
    return LegalFile.all();
  }

  @ParameterizedTest
  @MethodSource
  void refusesWhatTheReaderRefuses(HostileFile file) {
    assertFalse(errors(Samples.text(file.json())).isEmpty());
  }

  static Stream<HostileFile> refusesWhatTheReaderRefuses() {
    return HostileFile.all().filter(HostileFile::schemaSees);
  }

  /** So that {@code schemaSees} is never false only because nobody tried. */
  @ParameterizedTest
  @MethodSource
  void cannotSeeTheRest(HostileFile file) {
    assertEquals(List.of(), errors(Samples.text(file.json())));
  }

  static Stream<HostileFile> cannotSeeTheRest() {
    return HostileFile.all()
        .filter(file -> !file.schemaSees())
        .filter(file -> file.problem() == ReferenceValuesException.Problem.FORM
            || file.problem() == ReferenceValuesException.Problem.VALUE)
        .filter(file -> Samples.text(file.json()).startsWith("{"));
  }

  @Test
  void namesItselfByThePredicatesType() {
    assertTrue(resource().contains("\"" + ReferenceValues.PREDICATE_TYPE + "/schema.json\""));
  }
}
