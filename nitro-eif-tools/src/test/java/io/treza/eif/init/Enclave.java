package io.treza.eif.init;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.eif.Architecture;
import io.treza.eif.EifFile;
import io.treza.eif.EifSection;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.eif.RamdiskLayout;
import io.treza.image.ContainerImage;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;

/**
 * An enclave image whose ramdisks are unpacked, and whose init is run as process 1 of namespaces of
 * its own: all that an enclave does but kernel, vsock and NSM.
 */
record Enclave(Path root) {
  /** The init that is tested, or the running test is skipped. */
  static EnclaveInit init() {
    return EnclaveInit.bundled(machine()).orElseGet(() -> {
      Requirement.require(false, "this build has no init for " + machine());
      throw new AssertionError();
    });
  }

  static Architecture machine() {
    return System.getProperty("os.arch").equals("aarch64")
        ? Architecture.AARCH64
        : Architecture.X86_64;
  }

  /** Builds the image and unpacks it. */
  static Enclave of(TestImage image, RamdiskLayout layout, InitOptions options, Path directory)
      throws IOException {
    Requirement.require(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "only root can run init in namespaces");
    Path archive = TestImage.toArchive(
        image.architecture(machine().imageName()).dockerFiles(), directory.resolve("image.tar"));
    Path kernel = Files.writeString(directory.resolve("kernel"), "no known kernel");
    Path eif = directory.resolve("enclave.eif");
    try (ContainerImage opened = ContainerImage.open(archive)) {
      EnclaveImageBuilder.of(opened, kernel, "quiet")
          .layout(layout)
          .init(init(), options)
          .build(eif);
    }
    Enclave enclave = new Enclave(Files.createDirectory(directory.resolve("root")));
    EifFile file = EifFile.open(eif);
    for (EifSection section : file.sections()) {
      if (section.type() == EifSection.Type.RAMDISK) {
        enclave.unpack(file, section);
      }
    }
    return enclave;
  }

  /** As the kernel does: later entries over earlier ones, owners and modes as they are stated. */
  private void unpack(EifFile eif, EifSection section) throws IOException {
    try (InputStream in = eif.content(section).open();
        CpioArchiveInputStream members = new CpioArchiveInputStream(new BufferedInputStream(in))) {
      for (CpioArchiveEntry e = members.getNextEntry(); e != null; e = members.getNextEntry()) {
        Path path = root.resolve(e.getName());
        if (e.isDirectory()) {
          Files.createDirectories(path);
        } else if (e.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(new String(members.readAllBytes(), UTF_8)));
        } else {
          Files.write(path, members.readAllBytes());
        }
        Files.setAttribute(path, "unix:uid", (int) e.getUID(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", (int) e.getGID(), LinkOption.NOFOLLOW_LINKS);
        if (!e.isSymbolicLink()) {
          Files.setAttribute(path, "unix:mode", (int) e.getMode());
        }
      }
    }
    // The script makes it anew.
    Files.deleteIfExists(root.resolve("dev"));
  }

  /** Runs it to its end. */
  List<String> boot() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("src/test/sh/run-init", root.toString())
        .redirectError(root.resolveSibling("errors").toFile())
        .start();
    process.getOutputStream().close();
    List<String> console = process.inputReader(UTF_8).lines().toList();
    assertEquals(0, process.waitFor(), Files.readString(root.resolveSibling("errors")) + console);
    return console;
  }
}
