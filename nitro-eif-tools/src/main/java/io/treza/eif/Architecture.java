package io.treza.eif;

import java.util.Arrays;
import java.util.Optional;

/** The processor an enclave runs on, under the three names it goes by. */
public enum Architecture {
  X86_64("x86_64", "amd64"),
  AARCH64("aarch64", "arm64");

  private final String kernelName;
  private final String imageName;

  Architecture(String kernelName, String imageName) {
    this.kernelName = kernelName;
    this.imageName = imageName;
  }

  /** The name Linux and the EIF tools use: {@code x86_64} or {@code aarch64}. */
  public String kernelName() {
    return kernelName;
  }

  /** The name container images use (Go's GOARCH): {@code amd64} or {@code arm64}. */
  public String imageName() {
    return imageName;
  }

  /** The architecture a container image's configuration states, if Nitro Enclaves has it. */
  public static Optional<Architecture> ofImageName(String imageName) {
    return Arrays.stream(values()).filter(a -> a.imageName.equals(imageName)).findFirst();
  }
}
