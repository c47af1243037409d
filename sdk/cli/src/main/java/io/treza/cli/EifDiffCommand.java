package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.EifDiff;
import io.treza.eif.EifDifference;
import io.treza.eif.EifFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza eif diff}: why two EIFs measure differently. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Say how two enclave image files differ, down to the file in a ramdisk, and which PCRs that",
      "changes. The status is 0 if they are the same, 1 if they differ. verify-build says the same of",
      "a container image and an enclave image file."
    })
final class EifDiffCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "BEFORE", description = "An enclave image file.")
  private Path before = Path.of("");

  @Parameters(index = "1", paramLabel = "AFTER", description = "Another one.")
  private Path after = Path.of("");

  @Option(names = "--json", description = "One JSON object a difference and line.")
  private boolean json;

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      List<EifDifference> found = EifDiff.between(EifFile.open(before), EifFile.open(after));
      print(spec.commandLine().getOut(), found, json);
      return found.isEmpty() ? Treza.YES : Treza.NO;
    });
  }

  /** One line each. */
  static void print(PrintWriter out, List<EifDifference> differences, boolean json) {
    for (EifDifference difference : differences) {
      out.println(json ? node(difference) : Printable.text(difference.toString()));
    }
  }

  private static ObjectNode node(EifDifference difference) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("section", difference.section());
    difference.file().ifPresent(file -> node.put("file", file.toString()));
    node.put("aspect", difference.aspect().name().toLowerCase(Locale.ROOT));
    node.put("before", difference.before());
    node.put("after", difference.after());
    difference.registers().forEach(node.putArray("registers")::add);
    return node;
  }
}
