package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.sdk.fleet.FleetReport;
import io.treza.sdk.fleet.MemberVerdict;
import io.treza.sdk.fleet.MemberVerdict.Refused;
import io.treza.sdk.fleet.MemberVerdict.SharedEnclave;
import io.treza.sdk.fleet.MemberVerdict.Unreachable;
import io.treza.sdk.fleet.MemberVerdict.Verified;
import java.io.PrintWriter;
import java.util.List;

/** Prints who runs what: for people, or as one JSON object a member. */
final class FleetPrinter {
  private static final int NAMED = 5;

  private final PrintWriter out;
  private final boolean json;

  FleetPrinter(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  void print(FleetReport report) {
    if (json) {
      report.verdicts().forEach(verdict -> out.println(json(verdict)));
      return;
    }
    report
        .byRelease()
        .forEach((release, members) -> out.println(
            "VERIFIED  " + (release.isEmpty() ? "any was accepted" : Printable.text(release)) + ": "
                + named(members)));
    report.notVerified().forEach(verdict -> out.println(bad(verdict)));
    int all = report.verdicts().size();
    out.println((all - report.notVerified().size()) + " of " + all + " members verified");
    if (report.verdicts().stream().anyMatch(v -> v instanceof Verified of && of.simulated())) {
      out.println("SIMULATED: proves nothing about hardware");
    }
    if (report.verdicts().stream().anyMatch(v -> v instanceof Verified of && of.deprecated())) {
      out.println("DEPRECATED: some run a release that its publisher is about to replace");
    }
  }

  private static String named(List<String> members) {
    String first =
        Printable.text(String.join(", ", members.subList(0, Math.min(NAMED, members.size()))));
    return members.size() <= NAMED ? first : first + " and " + (members.size() - NAMED) + " more";
  }

  private static String bad(MemberVerdict verdict) {
    String name = Printable.text(verdict.member());
    if (verdict instanceof Refused refused) {
      return "REJECTED  " + name + ": " + refused.reason() + ": "
          + Printable.text(refused.detail());
    }
    if (verdict instanceof SharedEnclave shared) {
      return "REJECTED  " + name + ": enclave " + shared.moduleId()
          + " answers for other members, too";
    }
    return "UNREACHABLE  " + name + ": " + Printable.text(((Unreachable) verdict).detail());
  }

  private static ObjectNode json(MemberVerdict verdict) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("member", verdict.member());
    if (verdict instanceof Verified verified) {
      return node.put("verdict", "VERIFIED")
          .put("release", verified.release().orElse(null))
          .put("deprecated", verified.deprecated())
          .put("module_id", verified.moduleId())
          .put("region", verified.region())
          .put("simulated", verified.simulated());
    }
    if (verdict instanceof Refused refused) {
      return node.put("verdict", "REJECTED")
          .put("reason", refused.reason().name())
          .put("detail", refused.detail());
    }
    if (verdict instanceof SharedEnclave shared) {
      return node.put("verdict", "SHARED_ENCLAVE").put("module_id", shared.moduleId());
    }
    return node.put("verdict", "UNREACHABLE").put("detail", ((Unreachable) verdict).detail());
  }
}
