package io.treza.eif;

import io.treza.eif.internal.Resources;
import io.treza.image.Content;
import java.util.Optional;

/**
 * The program that carries one enclave's {@link Channels} on its parent instance, or in a pod, where
 * there is no JVM: docs/parent.md. No enclave contains it.
 *
 * @param architecture the processor it is for
 * @param program a static program, which needs nothing but a kernel with AF_VSOCK
 */
public record ParentProgram(Architecture architecture, Content program) {
  /**
   * The one that comes with this library; empty if it was built where there was no compiler for it.
   */
  public static Optional<ParentProgram> bundled(Architecture architecture) {
    return Resources.find("/io/treza/eif/parent/" + architecture.kernelName() + "/parent")
        .map(program -> new ParentProgram(architecture, program));
  }
}
