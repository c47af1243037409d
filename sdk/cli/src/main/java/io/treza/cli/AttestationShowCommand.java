package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza attestation show}: what a document says, believing none of it. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Show what a document says, without verifying any of it.")
final class AttestationShowCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A document; - is standard input.")
  private String file = "";

  @Option(names = "--json", description = "As one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    AttestationDocument document;
    try {
      document = AttestationDocument.parse(Inputs.document(Inputs.read(file)));
    } catch (AttestationRejectedException e) {
      new VerdictPrinter(out, json).rejected(file, e.rejection());
      return Treza.NO;
    }
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("file", file);
      node.put("verdict", "UNVERIFIED");
      node.set("document", DocumentView.json(document));
      out.println(node);
    } else {
      out.println("UNVERIFIED  " + file);
      DocumentView.print(document, out);
    }
    return Treza.YES;
  }
}
