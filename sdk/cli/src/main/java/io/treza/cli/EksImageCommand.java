package io.treza.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza eks image}: the image of a pod that runs an enclave image. */
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Make the image of a pod that runs an enclave image, without Docker; the same parts give the",
      "same image. Prints repository@sha256:... of what was pushed."
    })
final class EksImageCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "EIF", description = "The enclave image, as treza eif build made it.")
  private Path eif = Path.of("");

  @Option(
      names = "--base",
      required = true,
      paramLabel = "IMAGE",
      description = {
        "What the image begins with, for example Amazon Linux: repository@sha256:..., or a file or",
        "layout. It has a shell, and nitro-cli unless --nitro-cli says where that is."
      })
  private String base = "";

  @Option(names = "--nitro-cli", paramLabel = "FILE", description = "The program nitro-cli.")
  private @Nullable Path nitroCli;

  @ArgGroup(multiplicity = "1")
  private Target target = new Target();

  static final class Target {
    @Option(
        names = "--push",
        paramLabel = "NAME",
        description =
            "Push it there, for example to ACCOUNT.dkr.ecr.REGION.amazonaws.com/enclaves.")
    @Nullable
    String push;

    @Option(names = "--output", paramLabel = "DIR", description = "Write it as an OCI layout.")
    @Nullable
    Path output;
  }

  @Option(
      names = "--insecure-http",
      paramLabel = "REGISTRY",
      description = "Talk to this registry without TLS. Never needed for localhost.")
  private List<String> insecure = List.of();

  @Override
  public Integer call() {
    return new EksWork(Map.of(), spec.commandLine().getOut(), false)
        .image(eif, base, nitroCli, target.push, target.output, insecure);
  }
}
