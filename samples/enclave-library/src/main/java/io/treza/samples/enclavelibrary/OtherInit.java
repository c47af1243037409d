package io.treza.samples.enclavelibrary;

import io.treza.enclave.vsock.VsockForwarder;
import java.io.IOException;

/** An enclave's vsock where its init forwards nothing, as with AWS's. */
public final class OtherInit {
  private OtherInit() {}

  /** Leads port 8443 in, and connections to the parent instance's proxy out. */
  public static void forward() throws IOException {
    VsockForwarder.raiseLoopback();
    VsockForwarder.in(8443, 8443);
    VsockForwarder.out(3128, VsockForwarder.PARENT, 3128);
  }
}
