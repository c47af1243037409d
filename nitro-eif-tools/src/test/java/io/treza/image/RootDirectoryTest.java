package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plain directory as the root of an image. */
class RootDirectoryTest {
  private static final ImageConfig CONFIG =
      new ImageConfig("amd64", "linux", List.of("/bin/app"), List.of(), List.of("A=b"), "/", "");
  private static final String LONG = "long".repeat(50);

  @TempDir
  Path dir;

  private Path root;

  @BeforeEach
  void makeFiles() throws IOException {
    Requirement.require(
        dir.getFileSystem().supportedFileAttributeViews().contains("unix"), "no POSIX files here");
    root = fill(Files.createDirectories(dir.resolve("root")), "app", LONG);
  }

  private static Path fill(Path root, String... names) throws IOException {
    Files.createDirectories(root.resolve("bin"));
    for (String name : names) {
      Files.writeString(root.resolve("bin").resolve(name), name);
      mode(root.resolve("bin").resolve(name), "rwxr-x--x");
    }
    mode(root.resolve("bin"), "rwxr-xr-x");
    Files.createLink(root.resolve("bin/app2"), root.resolve("bin/app"));
    Files.createSymbolicLink(root.resolve("up"), Path.of("../bin/app"));
    // Directories of this machine, seen from the root of files and from where the test runs.
    Files.createSymbolicLink(root.resolve("etc"), root.resolveSibling("root").resolve("bin"));
    Files.createSymbolicLink(root.resolve("src"), Path.of("src"));
    Files.createSymbolicLink(root.resolve(LONG), Path.of(LONG + "/" + LONG));
    return root;
  }

  private static void mode(Path file, String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private ContainerImage open(Path directory) throws IOException {
    return ContainerImage.opener().workDirectory(dir).openRoot(directory, CONFIG);
  }

  private static FileEntry find(RootFilesystem files, String path) {
    return files.find(FilePath.of(path)).orElseThrow();
  }

  @Test
  void everyKindOfFileIsKept() throws IOException {
    try (ContainerImage image = open(root)) {
      RootFilesystem files = image.flatten();
      assertEquals(CONFIG, image.config());
      assertEquals(0751, find(files, "bin/app").owner().permissions());
      assertEquals(
          (long) (int) Files.getAttribute(root, "unix:uid"),
          find(files, "bin/app").owner().uid());
      assertEquals(
          new FileNode.HardLink(FilePath.of("bin/app")), find(files, "bin/app2").node());
      assertEquals(
          new FileNode.SymbolicLink(FilePath.of("../bin/app")),
          find(files, "up").node());
      // What is a directory on this machine too must not gain a slash.
      assertEquals(
          new FileNode.SymbolicLink(FilePath.of(root.resolve("bin").toString())),
          find(files, "etc").node());
      assertEquals(
          new FileNode.SymbolicLink(FilePath.of("src")), find(files, "src").node());
      assertEquals(
          new FileNode.SymbolicLink(FilePath.of(LONG + "/" + LONG)),
          find(files, LONG).node());
      assertEquals(LONG.length(), find(files, "bin/" + LONG).size());
      assertEquals(8, files.entries().size());
    }
  }

  /** Bytes that are no UTF-8, which a path's string form would lose. */
  @Test
  void fileNameThatIsNotTextKeepsItsBytes() throws IOException, InterruptedException {
    Process mkdir = new ProcessBuilder(
            "sh", "-c", "ln -s \"$(printf 'x\\377y')\" \"$(printf 'n\\351')\"")
        .directory(root.toFile())
        .start();
    assertEquals(0, mkdir.waitFor());
    try (ContainerImage image = open(root)) {
      FileEntry entry = image.flatten().find(new FilePath("n\u00e9")).orElseThrow();
      assertEquals(new FileNode.SymbolicLink(new FilePath("x\u00ffy")), entry.node());
    }
  }

  @Test
  void orderAndTimesOfTheFilesDoNotCount() throws IOException {
    Path other = fill(Files.createDirectories(dir.resolve("other")), LONG, "app");
    Files.setLastModifiedTime(other.resolve("bin/app"), FileTime.fromMillis(1));
    try (ContainerImage one = open(root);
        ContainerImage two = open(other)) {
      assertEquals(one.configDigest(), two.configDigest());
      assertEquals(one.layers().get(0).diffId(), two.layers().get(0).diffId());
    }
    mode(other.resolve("bin/app"), "rwx------");
    try (ContainerImage one = open(root);
        ContainerImage two = open(other)) {
      assertNotEquals(one.configDigest(), two.configDigest());
    }
  }

  @Test
  void layerIsATarThatOthersRead() throws IOException {
    StringBuilder names = new StringBuilder();
    try (ContainerImage image = open(root);
        TarArchiveInputStream tar = new TarArchiveInputStream(
            image.layers().get(0).tar().open(), StandardCharsets.UTF_8.name())) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        names
            .append(e.getName())
            .append(e.isLink() ? "=" + e.getLinkName() : "")
            .append(' ');
        assertEquals(0, e.getLastModifiedTime().toMillis());
      }
    }
    assertEquals(
        "bin/ bin/app bin/app2=bin/app bin/%s etc %s src up ".formatted(LONG, LONG),
        names.toString());
  }

  @Test
  void socketIsRefused() throws IOException {
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path path = Files.createTempDirectory("s").resolve("s");
      socket.bind(UnixDomainSocketAddress.of(path));
      assertRefused(ImageException.class, () -> open(path.getParent()), path.toString(), "socket");
      Files.delete(path);
      Files.delete(path.getParent());
    }
  }

  @Test
  void limitsHold() {
    ContainerImage.Opener few =
        ContainerImage.opener().workDirectory(dir).limits(new ImageLimits(1 << 20, 3, 100));
    assertRefused(ImageException.class, () -> few.openRoot(root, CONFIG), "more than 3 entries");
    ContainerImage.Opener small =
        ContainerImage.opener().workDirectory(dir).limits(new ImageLimits(600, 30, 100));
    assertRefused(ImageException.class, () -> small.openRoot(root, CONFIG), "more than 600 bytes");
  }
}
