package io.treza.aws.eks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.Architecture;
import io.treza.eif.EifBuilder;
import io.treza.eif.EifMetadata;
import io.treza.eif.ParentProgram;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.ImageConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a pod image is made of, for tests: an enclave image, programs' headers, and bases. */
final class PodParts {
  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;
  private static final String LOADER = "/lib64/ld-linux-x86-64.so.2";

  private PodParts() {}

  /** An enclave image that is well formed and boots nothing. */
  static Path eif(Path directory) throws IOException {
    Path kernel = Files.writeString(directory.resolve("kernel"), "a kernel");
    Path ramdisk = Files.writeString(directory.resolve("ramdisk"), "a ramdisk");
    Path eif = directory.resolve("enclave.eif");
    EifBuilder.of(Architecture.X86_64, kernel, "quiet")
        .metadata(EifMetadata.builder("x", "1").build())
        .addRamdisk(ramdisk)
        .write(eif);
    return eif;
  }

  static ParentProgram parent() {
    return new ParentProgram(Architecture.X86_64, elf(X86_64, ""));
  }

  static ParentProgram parentForArm() {
    return new ParentProgram(Architecture.AARCH64, elf(AARCH64, ""));
  }

  /** A program that needs glibc's loader. */
  static Content nitroCli() {
    return elf(X86_64, LOADER);
  }

  /** The header of a program, with an interpreter if there is one. */
  private static Content elf(int machine, String interpreter) {
    ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    bytes.putShort(16, (short) 3).putShort(18, (short) machine).putInt(20, 1);
    bytes.putLong(32, 64).putShort(52, (short) 64).putShort(54, (short) 56);
    if (!interpreter.isEmpty()) {
      bytes.putShort(56, (short) 2);
      bytes.putInt(64, 6); // PT_PHDR
      bytes.putInt(120, 3).putLong(128, 200).putLong(152, interpreter.length() + 1L);
      bytes.put(200, interpreter.getBytes(US_ASCII));
    }
    return Content.of(bytes.array());
  }

  /** A base as Amazon Linux lays it out: links to usr, a shell and glibc's loader. */
  static Path base(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("usr/bin"));
    Files.createDirectories(directory.resolve("usr/lib64"));
    Files.write(directory.resolve("usr/bin/the-shell"), "a shell".getBytes(UTF_8));
    Files.write(directory.resolve("usr/lib64/ld-2.34.so"), "a loader".getBytes(UTF_8));
    // Absolute, so that it must not be looked for on this machine.
    Files.createSymbolicLink(directory.resolve("usr/bin/sh"), Path.of("/bin/the-shell"));
    Files.createSymbolicLink(directory.resolve("bin"), Path.of("usr/bin"));
    Files.createSymbolicLink(directory.resolve("lib64"), Path.of("usr/lib64"));
    Files.createSymbolicLink(
        directory.resolve("usr/lib64/ld-linux-x86-64.so.2"), Path.of("../lib64/ld-2.34.so"));
    return directory;
  }

  static ContainerImage open(Path root, String architecture) throws IOException {
    return ContainerImage.opener()
        .openRoot(
            root,
            new ImageConfig(
                architecture,
                "linux",
                List.of("/bin/app"),
                List.of("--serve"),
                List.of("PATH=/usr/bin"),
                "/srv",
                "1000"));
  }
}
