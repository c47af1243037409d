package io.treza.cli;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.publish.AuditVerdicts;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads of an image's audit, as {@code treza image audit --format json} prints it, what is signed. */
final class AuditFile {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private AuditFile() {}

  static AuditVerdict verdict(String file) {
    try {
      JsonNode root = MAPPER.readTree(ValuesFile.bytes(file));
      return verdict(root.isArray() ? root.path(0) : root);
    } catch (IOException | IllegalArgumentException | DateTimeParseException e) {
      throw new Unusable(file + ": no audit of an image: " + e.getMessage(), e);
    }
  }

  private static AuditVerdict verdict(JsonNode audit) {
    JsonNode subject = audit.path("subject");
    if (!subject.path("type").asText().equals("image")) {
      throw new IllegalArgumentException("its subject is no image");
    }
    JsonNode digest = subject.path("manifestDigest");
    if (!digest.isTextual()) {
      throw new IllegalArgumentException(
          "the image has no manifest digest; audit it in its registry or as an OCI layout");
    }
    SortedMap<String, AuditVerdict.Result> checks = new TreeMap<>();
    for (JsonNode check : audit.path("checks")) {
      String id = check.path("id").asText();
      if (checks.put(id, AuditVerdict.Result.valueOf(check.path("result").asText())) != null) {
        throw new IllegalArgumentException("it has two results of check " + id);
      }
    }
    return new AuditVerdict(
        digest.asText(),
        AuditVerdicts.policy(audit.path("policy").asText()),
        scan(audit.path("scans")),
        checks);
  }

  /** The latest that says when it was made; without a time, nobody could say how old it is. */
  private static Optional<AuditVerdict.Scan> scan(JsonNode scans) {
    Optional<AuditVerdict.Scan> latest = Optional.empty();
    for (JsonNode scan : scans) {
      if (scan.path("time").isTextual() && !scan.path("scanner").asText().isEmpty()) {
        AuditVerdict.Scan found = AuditVerdicts.scan(
            scan.path("scanner").asText(), Instant.parse(scan.path("time").asText()));
        latest = latest.filter(l -> !found.time().isAfter(l.time())).or(() -> Optional.of(found));
      }
    }
    return latest;
  }
}
