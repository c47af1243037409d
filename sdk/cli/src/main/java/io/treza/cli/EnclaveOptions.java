package io.treza.cli;

import io.treza.audit.EnclaveTarget;
import io.treza.eif.Architecture;
import io.treza.eif.CommandRule;
import io.treza.eif.RamdiskLayout;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The enclave that an image is judged for. */
final class EnclaveOptions {
  @Option(
      names = "--init",
      paramLabel = "INIT",
      defaultValue = "aws",
      description = {
        "What starts the command: aws, as root, in / and without the image's PATH; or treza, as a",
        "container does. Default: ${DEFAULT-VALUE}."
      })
  private String init = "";

  @Option(
      names = "--harden",
      description = {
        "With --init treza: init takes the command's capabilities and makes everything read-only but",
        "/tmp, /run, /dev/shm and volumes."
      })
  private boolean harden;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      defaultValue = "reproducible",
      description = "How files are laid out: reproducible or nitro-cli. Default: ${DEFAULT-VALUE}.")
  private String layout = "";

  @Option(
      names = "--command-rule",
      paramLabel = "RULE",
      description = {
        "docker: the command is ENTRYPOINT followed by CMD. nitro-cli: CMD alone if there is one.",
        "Default: nitro-cli with --layout nitro-cli, else docker."
      })
  private @Nullable String commandRule;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "Memory the enclave will get, to see if it is enough.")
  private @Nullable Integer memory;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description = "The processor it will run on: x86_64 or arm64. Default: the image's.")
  private @Nullable String architecture;

  @Option(
      names = "--made-by",
      paramLabel = "RECIPE",
      description = {
        "How the enclave image file will be made: treza, nitro-cli (--docker-uri) or docker-dir",
        "(nitro-cli --docker-dir)."
      })
  private @Nullable String recipe;

  EnclaveTarget target() {
    RamdiskLayout ramdisks = switch (layout) {
      case "reproducible" -> RamdiskLayout.REPRODUCIBLE;
      case "nitro-cli" -> RamdiskLayout.NITRO_CLI;
      default -> throw unknown("--layout", "reproducible or nitro-cli", layout);
    };
    if (harden && !init.equals("treza")) {
      throw new Unusable("--harden is for --init treza");
    }
    EnclaveTarget.Builder target = EnclaveTarget.builder()
        .layout(ramdisks)
        .hardened(harden)
        .init(
            switch (init) {
              case "aws" -> EnclaveTarget.Init.AWS;
              case "treza" -> EnclaveTarget.Init.TREZA;
              default -> throw unknown("--init", "aws or treza", init);
            })
        .commandRule(
            switch (commandRule == null ? "" : commandRule) {
              case "" -> ramdisks.commandRule();
              case "docker" -> CommandRule.DOCKER;
              case "nitro-cli" -> CommandRule.NITRO_CLI;
              default ->
                throw unknown("--command-rule", "docker or nitro-cli", String.valueOf(commandRule));
            });
    if (memory != null) {
      if (memory < 1) {
        throw unknown("--memory", "a number of MiB", memory.toString());
      }
      target.memoryMib(memory);
    }
    if (architecture != null) {
      target.architecture(
          switch (architecture) {
            case "x86_64", "amd64" -> Architecture.X86_64;
            case "arm64", "aarch64" -> Architecture.AARCH64;
            default -> throw unknown("--arch", "x86_64 or arm64", architecture);
          });
    }
    if (recipe != null) {
      target.recipe(
          switch (recipe) {
            case "treza" -> EnclaveTarget.Recipe.TREZA;
            case "nitro-cli" -> EnclaveTarget.Recipe.NITRO_CLI_URI;
            case "docker-dir" -> EnclaveTarget.Recipe.NITRO_CLI_DIRECTORY;
            default -> throw unknown("--made-by", "treza, nitro-cli or docker-dir", recipe);
          });
    }
    return target.build();
  }

  private static Unusable unknown(String option, String known, String value) {
    return new Unusable(option + " is " + known + ", not \"" + value + "\"");
  }
}
