package io.treza.eif;

import io.treza.image.ImageConfig;
import java.util.ArrayList;
import java.util.List;

/** How the ENTRYPOINT and CMD of a container image become the command an enclave runs. */
public enum CommandRule {
  /** ENTRYPOINT followed by CMD, as a container runs. */
  DOCKER,
  /** CMD alone if there is one, else ENTRYPOINT, as nitro-cli build-enclave has it. */
  NITRO_CLI;

  /** The command of an image, one item an argument; empty if the image has none. */
  public List<String> command(ImageConfig config) {
    if (this == NITRO_CLI) {
      return config.cmd().isEmpty() ? config.entrypoint() : config.cmd();
    }
    List<String> command = new ArrayList<>(config.entrypoint());
    command.addAll(config.cmd());
    return List.copyOf(command);
  }
}
