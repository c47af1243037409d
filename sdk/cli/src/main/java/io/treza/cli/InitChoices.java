package io.treza.cli;

import io.treza.eif.InitOptions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How this project's init is to run the command, for {@code --init treza}. */
final class InitChoices {
  @Option(
      names = "--harden",
      description = {
        "With --init treza: the command has no capabilities and gets none, and can write to /tmp,",
        "/run, /dev/shm and the image's volumes only."
      })
  private boolean harden;

  @Option(
      names = "--heartbeat",
      paramLabel = "KIND",
      description = {
        "With --init treza: required, and without the parent's answer the enclave ends; tolerated,",
        "and it goes on; or off. Default: required, as with AWS's init."
      })
  private @Nullable String heartbeat;

  @Option(
      names = "--no-agent",
      description = {
        "With --init treza: start no attestation agent. The command's user may use /dev/nsm instead."
      })
  private boolean withoutAgent;

  /** What was chosen, if this init is; else nothing may have been. */
  Optional<InitOptions> options(boolean treza) {
    if (!treza) {
      if (harden || heartbeat != null || withoutAgent) {
        throw new Unusable("--harden, --heartbeat and --no-agent are for --init treza");
      }
      return Optional.empty();
    }
    return Optional.of(InitOptions.defaults()
        .withHardened(harden)
        .withAgent(!withoutAgent)
        .withHeartbeat(
            switch (heartbeat == null ? "required" : heartbeat) {
              case "required" -> InitOptions.Heartbeat.REQUIRED;
              case "tolerated" -> InitOptions.Heartbeat.TOLERATED;
              case "off" -> InitOptions.Heartbeat.OFF;
              default ->
                throw new Unusable(
                    "--heartbeat is required, tolerated or off, not \"" + heartbeat + "\"");
            }));
  }
}
