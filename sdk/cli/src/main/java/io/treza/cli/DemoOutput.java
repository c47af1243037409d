package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/** Shows the demo's steps: as text for people, or as one JSON object a step. */
final class DemoOutput {
  private final PrintWriter out;
  private final boolean json;
  private int steps;

  DemoOutput(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /**
   * Shows one step.
   *
   * @param title what was done
   * @param outcome what came of it: DONE, VERIFIED, REJECTED, or why it was skipped
   * @param facts in the order to show them
   */
  void step(String title, String outcome, Map<String, String> facts) {
    steps++;
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("step", steps).put("title", title).put("outcome", outcome);
      ObjectNode shown = node.putObject("facts");
      facts.forEach(shown::put);
      out.println(node);
    } else {
      out.println(String.format(Locale.ROOT, "%d. %s: %s", steps, title, outcome));
      facts.forEach(
          (name, value) -> out.println(String.format(Locale.ROOT, "     %-10s %s", name, value)));
      out.println();
    }
    out.flush();
  }

  /**
   * The last line.
   *
   * @param nature what the enclaves were
   */
  void verdict(boolean asPromised, String nature) {
    if (json) {
      out.println(JsonNodeFactory.instance.objectNode().put("as_promised", asPromised));
    } else {
      out.println(
          asPromised
              ? "All as promised. The enclaves were " + nature.toLowerCase(Locale.ROOT)
                  + ": they prove nothing about hardware."
              : "NOT as promised: a step above had another outcome than it must have.");
    }
    out.flush();
  }
}
