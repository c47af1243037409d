package io.treza.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.Audit;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.image.ContainerImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Refuses to build an enclave that would not boot, unless told not to look. */
final class BootAudit {
  private static final String MEMBER = "treza";

  @Option(
      names = "--no-audit",
      description = {
        "Build though the enclave may not boot with this image. The metadata then says so, so give it",
        "to verify-build too."
      })
  private boolean skipped;

  /** Whether nothing is known to keep the enclave from booting; says what is. */
  boolean accepts(ContainerImage image, EnclaveTarget target, PrintWriter err) throws IOException {
    if (skipped) {
      return true;
    }
    List<Finding> blockers = Audit.bootBlockers(image, target);
    for (Finding finding : blockers) {
      String place = finding.location().toString();
      err.println(Printable.text(
          finding.id() + "  " + (place.isEmpty() ? "" : place + ": ") + finding.message()));
      err.println(Printable.text("    To do: " + finding.fix()));
    }
    if (!blockers.isEmpty()) {
      err.println("Not built: the enclave would not boot. --no-audit builds it all the same.");
    }
    return blockers.isEmpty();
  }

  /** The custom metadata, with a word on the audit if there was none. */
  Optional<String> metadata(Optional<String> custom) {
    if (!skipped) {
      return custom;
    }
    ObjectNode metadata =
        custom.map(BootAudit::parse).orElseGet(JsonNodeFactory.instance::objectNode);
    if (metadata.has(MEMBER)) {
      throw new Unusable("--metadata: \"" + MEMBER + "\" is where --no-audit is noted; rename it");
    }
    metadata.putObject(MEMBER).put("audit", "skipped");
    return Optional.of(metadata.toString());
  }

  private static ObjectNode parse(String json) {
    try {
      JsonNode node = JsonMapper.builder().build().readTree(json);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new Unusable("--metadata: must be a JSON object, not " + node.getNodeType());
    } catch (JsonProcessingException e) {
      throw new Unusable("--metadata: is not well-formed JSON: " + e.getOriginalMessage(), e);
    }
  }
}
