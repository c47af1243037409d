package io.treza.eif;

import io.treza.eif.internal.Resources;
import io.treza.image.Content;
import java.util.Optional;

/**
 * This project's init, which runs an image's command as a container would, and the attestation agent
 * that it starts: docs/enclave-init.md.
 *
 * @param architecture the processor they are for
 * @param init the enclave's first process, a static program
 * @param agent a static program
 */
public record EnclaveInit(Architecture architecture, Content init, Content agent) {
  /**
   * Those that come with this library; empty if it was built where there was no compiler for them.
   */
  public static Optional<EnclaveInit> bundled(Architecture architecture) {
    String directory = "/io/treza/eif/init/" + architecture.kernelName() + "/";
    return Resources.find(directory + "init")
        .flatMap(init -> Resources.find(directory + "agent")
            .map(agent -> new EnclaveInit(architecture, init, agent)));
  }
}
