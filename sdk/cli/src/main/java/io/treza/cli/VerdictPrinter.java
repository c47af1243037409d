package io.treza.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AuditedAttestation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Rejection;
import io.treza.attestation.Step;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReleaseStatus;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints verdicts: for people, or as one JSON object a line. */
final class VerdictPrinter {
  private final PrintWriter out;
  private final boolean json;
  private final String subject;

  /** About documents in files. */
  VerdictPrinter(PrintWriter out, boolean json) {
    this(out, json, "file");
  }

  /** About documents of something else, which JSON calls {@code subject}. */
  VerdictPrinter(PrintWriter out, boolean json, String subject) {
    this.out = out;
    this.json = json;
    this.subject = subject;
  }

  void verified(String name, VerifiedAttestation attestation) {
    accepted(
        name,
        new Accepted(
            "live",
            "verified at " + attestation.verifiedAt(),
            attestation.document(),
            attestation.anchor(),
            attestation.region(),
            attestation.instanceId(),
            attestation.measurements(),
            attestation
                .release()
                .filter(r -> r.status() == ReleaseStatus.DEPRECATED)
                .isPresent(),
            attestation.steps()));
  }

  void audited(String name, AuditedAttestation attestation) {
    accepted(
        name,
        new Accepted(
            "audit",
            "as of " + attestation.signedAt() + "; this says nothing about now",
            attestation.document(),
            attestation.anchor(),
            attestation.region(),
            attestation.instanceId(),
            attestation.measurements(),
            attestation
                .release()
                .filter(r -> r.status() == ReleaseStatus.DEPRECATED)
                .isPresent(),
            attestation.steps()));
  }

  /** What both kinds of acceptance have to show. */
  private record Accepted(
      String mode,
      String when,
      AttestationDocument document,
      TrustAnchor anchor,
      String region,
      String instanceId,
      Optional<Measurements> release,
      boolean deprecated,
      List<Step> steps) {}

  private void accepted(String name, Accepted accepted) {
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put(subject, name);
      node.put("verdict", "VERIFIED");
      node.putNull("reason");
      node.put("mode", accepted.mode());
      node.put("root", accepted.anchor().name());
      node.put("simulated", accepted.anchor().simulated());
      node.put("debug", accepted.document().debugMode());
      node.put("region", accepted.region());
      node.put("instance_id", accepted.instanceId());
      node.put("release", accepted.release().map(Measurements::release).orElse(null));
      node.put("deprecated", accepted.deprecated());
      node.set("steps", steps(accepted.steps()));
      node.set("document", DocumentView.json(accepted.document()));
      out.println(node);
      return;
    }
    out.println("VERIFIED  " + name);
    line("when", accepted.when());
    line("root", accepted.anchor().name());
    if (accepted.anchor().simulated()) {
      line("", "SIMULATED: proves nothing about hardware");
    }
    if (accepted.document().debugMode()) {
      line("", "DEBUG MODE: its operator can read its memory, and nothing was measured");
    }
    line("release", accepted.release().map(Measurements::release).orElse("any was accepted"));
    if (accepted.deprecated()) {
      line("", "DEPRECATED: its publisher is about to replace it");
    }
    line("region", accepted.region());
    DocumentView.print(accepted.document(), out);
  }

  void rejected(String name, Rejection rejection) {
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put(subject, name);
      node.put("verdict", "REJECTED");
      node.put("reason", rejection.reason().name());
      node.put("summary", rejection.reason().summary());
      node.put("expected", rejection.expected());
      node.put("found", rejection.found());
      node.put("remedy", rejection.reason().remedy());
      node.put("authenticated", rejection.authenticated());
      node.set("steps", steps(rejection.passed()));
      node.set("document", rejection.document().map(DocumentView::json).orElse(null));
      out.println(node);
      return;
    }
    out.println("REJECTED  " + name);
    line("reason", rejection.reason() + ": " + rejection.reason().summary());
    line("expected", rejection.expected());
    line("found", rejection.found());
    line("to do", rejection.reason().remedy());
    line(
        "passed",
        rejection.passed().isEmpty()
            ? "nothing"
            : rejection.passed().stream().map(Step::name).collect(Collectors.joining(" ")));
    if (!rejection.authenticated()) {
      line("", "Unauthenticated: anybody may have written this document.");
    }
  }

  private void line(String name, String value) {
    DocumentView.line(out, name, value);
  }

  private static ArrayNode steps(List<Step> steps) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    steps.forEach(step -> array.add(step.name()));
    return array;
  }
}
