package io.treza.aws.eks.internal.backend;

import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import java.io.IOException;

/** Builds an enclave image, and puts it with what its pod needs into the registry. */
@FunctionalInterface
public interface PodImages {
  /**
   * Makes it. The same request gives the same image.
   *
   * @throws IOException if it cannot be built or pushed, or the request has channels that the image
   *     does not offer
   */
  MadeImage make(LaunchRequest request, EnclaveListener listener) throws IOException;
}
