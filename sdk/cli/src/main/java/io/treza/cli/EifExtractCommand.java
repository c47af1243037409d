package io.treza.cli;

import io.treza.eif.EifExtract;
import io.treza.eif.EifFile;
import io.treza.eif.EifSection;
import io.treza.eif.Ramdisk;
import io.treza.eif.RamdiskEntry;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif extract}: lists or unpacks what is in an EIF. */
@Command(
    name = "extract",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "List or unpack the sections of an enclave image file and the files in its ramdisks.",
      "Device nodes are left out, owners and times not kept, and nothing is written elsewhere."
    })
final class EifExtractCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifPathOption eif = new EifPathOption();

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  @Option(names = "--files", description = "Unpack the ramdisks too.")
  private boolean files;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      defaultValue = "17179869184",
      description = "Most bytes of a ramdisk, uncompressed. Default: ${DEFAULT-VALUE}.")
  private long maxBytes;

  /** Exactly one of these. */
  private static final class What {
    @Option(names = "--list", description = "List sections, and with --files what is in them.")
    private boolean list;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "DIR",
        description = "Unpack into this directory, which must not exist.")
    private @Nullable Path output;
  }

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      EifFile file = EifFile.open(eif.path());
      ImageLimits defaults = ImageLimits.defaults();
      ImageLimits limits =
          new ImageLimits(maxBytes, defaults.maxEntries(), defaults.maxPathBytes());
      PrintWriter out = spec.commandLine().getOut();
      if (what.list || what.output == null) {
        list(file, limits, out);
        return Treza.YES;
      }
      if (!files) {
        EifExtract.sections(file, what.output);
        return Treza.YES;
      }
      for (RamdiskEntry entry : EifExtract.files(file, what.output, limits)) {
        spec.commandLine()
            .getErr()
            .println(Printable.text("left out: " + entry.kind() + " " + entry.path()));
      }
      return Treza.YES;
    });
  }

  private void list(EifFile file, ImageLimits limits, PrintWriter out) throws IOException {
    for (EifSection section : file.sections()) {
      out.println(String.format(
          Locale.ROOT,
          "%-10s  %12d bytes at %d",
          section.name(),
          section.size(),
          section.dataOffset()));
      if (files && section.type() == EifSection.Type.RAMDISK && section.size() > 0) {
        for (RamdiskEntry entry : Ramdisk.of(file, section, limits).entries()) {
          out.println(Printable.text(line(entry)));
        }
      }
    }
  }

  private static String line(RamdiskEntry entry) {
    String arrow = entry.kind() == RamdiskEntry.Kind.LINK ? " -> " + entry.content() : "";
    return String.format(
        Locale.ROOT,
        "  %s%04o %d:%d %d %d %s%s",
        entry.kind().letter(),
        entry.owner().permissions(),
        entry.owner().uid(),
        entry.owner().gid(),
        entry.size(),
        entry.mtime(),
        entry.path(),
        arrow);
  }
}
