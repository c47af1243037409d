package io.treza.eif;

import io.treza.eif.internal.Resources;
import io.treza.image.Content;
import java.util.Optional;

/**
 * This project's init, which runs an image's command as a container would, and the programs
 * that it starts beside it: docs/enclave-init.md.
 *
 * @param architecture the processor they are for
 * @param init the enclave's first process, a static program
 * @param agent the attestation agent, a static program
 * @param forwarder what carries the enclave's {@link Channels}, a static program
 */
public record EnclaveInit(
    Architecture architecture, Content init, Content agent, Content forwarder) {
  /**
   * Those that come with this library; empty if it was built where there was no compiler for them.
   */
  public static Optional<EnclaveInit> bundled(Architecture architecture) {
    String directory = "/io/treza/eif/init/" + architecture.kernelName() + "/";
    return Resources.find(directory + "init")
        .flatMap(init -> Resources.find(directory + "agent")
            .flatMap(agent -> Resources.find(directory + "forwarder")
                .map(forwarder -> new EnclaveInit(architecture, init, agent, forwarder))));
  }
}
