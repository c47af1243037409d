package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.EifFile;
import io.treza.eif.EifFinding;
import io.treza.eif.EifLint;
import io.treza.eif.EifRule;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif lint}: everything that is wrong with an EIF, or worth knowing. */
@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = {
      "List what is wrong with an enclave image file, and why it matters.",
      "The status is 1 if a finding is an error, or with --strict a warning."
    })
final class EifLintCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifPathOption eif = new EifPathOption();

  @Option(names = "--strict", description = "Warnings count as errors.")
  private boolean strict;

  @Option(names = "--json", description = "One JSON object a finding and line.")
  private boolean json;

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      PrintWriter out = spec.commandLine().getOut();
      List<EifFinding> findings =
          EifLint.check(EifFile.open(eif.path()), InstantSource.system().instant());
      boolean good = true;
      for (EifFinding finding : findings) {
        print(out, finding);
        EifRule.Severity severity = finding.rule().severity();
        good &=
            severity == EifRule.Severity.NOTE || (severity == EifRule.Severity.WARNING && !strict);
      }
      if (findings.isEmpty() && !json) {
        out.println("nothing found");
      }
      return good ? Treza.YES : Treza.NO;
    });
  }

  private void print(PrintWriter out, EifFinding finding) {
    if (json) {
      out.println(node(finding));
    } else {
      EifRule rule = finding.rule();
      out.println(Printable.text(severity(rule) + "  " + finding));
      out.println("    " + rule.why());
      out.println("    To do: " + rule.remedy() + ".");
    }
  }

  /** A finding for programs. */
  static ObjectNode node(EifFinding finding) {
    EifRule rule = finding.rule();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("rule", rule.id());
    node.put("severity", severity(rule));
    node.put("offset", finding.offset());
    node.put("what", finding.what());
    node.put("why", rule.why());
    node.put("remedy", rule.remedy());
    return node;
  }

  private static String severity(EifRule rule) {
    return rule.severity().name().toLowerCase(Locale.ROOT);
  }
}
