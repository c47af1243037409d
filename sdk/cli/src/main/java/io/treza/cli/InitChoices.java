package io.treza.cli;

import io.treza.eif.Channels;
import io.treza.eif.InitOptions;
import java.util.List;
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

  @Option(
      names = "--expose",
      paramLabel = "PORT",
      split = ",",
      description = {
        "With --init treza: a port at which the enclave is reached, from vsock to the same TCP port on",
        "loopback. With this or --allow, what the image says of both does not count. Default: the",
        "image's EXPOSE."
      })
  private List<Integer> exposed = List.of();

  @Option(
      names = "--allow",
      paramLabel = "HOST:PORT",
      split = ",",
      description = {
        "With --init treza: a host that the enclave may reach, such as api.example.com:443 or",
        "*.example.com:443. Default: the image's label " + Channels.EGRESS_LABEL + "."
      })
  private List<String> allowed = List.of();

  @Option(
      names = "--no-channels",
      description = {
        "With --init treza: the enclave is reached at no port and reaches no host, whatever the image",
        "says."
      })
  private boolean withoutChannels;

  /** What was chosen, if this init is; else nothing may have been. */
  Optional<InitOptions> options(boolean treza) {
    if (!treza) {
      if (harden || heartbeat != null || withoutAgent || withoutChannels || channelsStated()) {
        throw new Unusable("--harden, --heartbeat, --no-agent, --expose, --allow and --no-channels"
            + " are for --init treza");
      }
      return Optional.empty();
    }
    InitOptions options = InitOptions.defaults()
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
            });
    return Optional.of(channels().map(options::withChannels).orElse(options));
  }

  private boolean channelsStated() {
    return !exposed.isEmpty() || !allowed.isEmpty();
  }

  /** Those that were stated; if none were, those of the image count. */
  private Optional<Channels> channels() {
    if (withoutChannels && channelsStated()) {
      throw new Unusable("--no-channels leaves nothing to --expose or --allow");
    } else if (withoutChannels) {
      return Optional.of(Channels.none());
    } else if (!channelsStated()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Channels(exposed, allowed));
    } catch (IllegalArgumentException e) {
      throw new Unusable("--expose or --allow: " + e.getMessage());
    }
  }
}
