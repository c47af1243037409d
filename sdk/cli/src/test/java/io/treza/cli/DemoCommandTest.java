package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
  @Test
  void acceptsTheRightEnclaveAndRefusesTheChangedOneAndTheReplay() throws IOException {
    CommandLineRun run =
        CommandLineRun.of("demo", "--json", "--backend", "simulated", "--shared", "nowhere");
    assertEquals(0, run.status(), run.out() + run.err());
    List<JsonNode> steps = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      steps.add(JsonMapper.builder().build().readTree(line));
    }
    assertEquals(
        List.of("DONE", "DONE", "VERIFIED", "DONE", "VERIFIED", "REJECTED", "REJECTED"),
        steps.subList(0, 7).stream().map(s -> s.get("outcome").textValue()).toList());
    assertTrue(fact(steps.get(2), "signer").startsWith("the key with SHA-256 "));
    assertEquals("service", fact(steps.get(4), "release"));
    assertTrue(fact(steps.get(4), "root").contains("proves nothing about hardware"));
    assertTrue(fact(steps.get(5), "reason").startsWith("MEASUREMENT_MISMATCH"));
    assertTrue(fact(steps.get(6), "reason").startsWith("NONCE_MISMATCH"));
    assertTrue(steps.get(7).get("outcome").textValue().startsWith("skipped"));
    assertTrue(steps.get(8).get("as_promised").booleanValue());
  }

  @Test
  void judgesARealDocumentWhereThereIsOne() {
    String shared = Requirement.shared("").toString();
    CommandLineRun run = CommandLineRun.of("demo", "--backend=simulated", "--shared", shared);
    assertEquals(0, run.status(), run.out() + run.err());
    assertTrue(run.out().contains("A real AWS document, judged as of its signing: VERIFIED"));
  }

  @Test
  void aBackendThatIsNoneIsNamed() {
    CommandLineRun run = CommandLineRun.of("demo", "--backend", "cloud");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("simulated or qemu, not \"cloud\""), run.err());
  }

  private static String fact(JsonNode step, String name) {
    return step.get("facts").get(name).textValue();
  }
}
