package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.Architecture;
import io.treza.eif.EifException;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** Tells by a kernel's first bytes which processor it is for. */
public final class KernelFormat {
  private static final int HEAD = 1024;

  private KernelFormat() {}

  /**
   * Checks a kernel against the processor the enclave is for; one of unknown form passes.
   *
   * @throws EifException if it is for another processor, or in a form the hypervisor does not boot
   */
  public static void require(Path kernel, Architecture architecture) throws IOException {
    String head = head(Content.of(kernel));
    if (head.startsWith("MZ") && head.startsWith("zimg", 4)) {
      throw new EifException(
          kernel + ": a compressed EFI kernel (zboot), which does not boot; unwrap its Image");
    }
    Optional<Architecture> found = recognise(head);
    if (found.isPresent() && found.get() != architecture) {
      throw new EifException(kernel
          + ": a kernel for "
          + found.get().kernelName()
          + ", but the image is for "
          + architecture.kernelName()
          + "; use a kernel for that");
    }
  }

  private static String head(Content kernel) throws IOException {
    try (InputStream in = kernel.open()) {
      return new String(in.readNBytes(HEAD), ISO_8859_1);
    }
  }

  /** The processor of a kernel in a form the hypervisor boots; nothing for any other form. */
  public static Optional<Architecture> bootable(Content kernel) throws IOException {
    String head = head(kernel);
    return head.startsWith("\u007fELF") ? Optional.empty() : recognise(head);
  }

  private static Optional<Architecture> recognise(String head) {
    // Linux, Documentation/arch/x86/boot.rst, offset 0x202; arch/arm64/booting.rst, offset 56.
    if (head.startsWith("HdrS", 0x202)) {
      return Optional.of(Architecture.X86_64);
    }
    if (head.startsWith("ARMd", 56)) {
      return Optional.of(Architecture.AARCH64);
    }
    // ELF, little-endian: e_machine 62 is x86-64, 183 is AArch64.
    if (head.startsWith("\u007fELF")) {
      if (head.startsWith(">\0", 18)) {
        return Optional.of(Architecture.X86_64);
      }
      if (head.startsWith("\u00b7\0", 18)) {
        return Optional.of(Architecture.AARCH64);
      }
    }
    return Optional.empty();
  }
}
