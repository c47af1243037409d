package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules of "Image Layer Filesystem Changeset", OCI Image Specification 1.1, and of safety. */
class FlattenTest {
  @TempDir
  Path dir;

  private String flatten(Tar... layers) throws IOException {
    return flatten(ImageLimits.defaults(), layers);
  }

  /** The paths, directories with a slash, files with "=content", links with "->target". */
  private String flatten(ImageLimits limits, Tar... layers) throws IOException {
    byte[][] bytes = new byte[layers.length][];
    for (int i = 0; i < layers.length; i++) {
      bytes[i] = layers[i].bytes();
    }
    Path archive = TestImage.toArchive(TestImage.of(bytes).dockerFiles(), dir.resolve("image.tar"));
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(dir).limits(limits).open(archive)) {
      return image.flatten().entries().stream()
          .map(FlattenTest::show)
          .collect(Collectors.joining(" "));
    }
  }

  private static String show(FileEntry entry) {
    if (entry.node() instanceof FileNode.Regular file) {
      try {
        return entry.path() + "=" + new String(TestImage.read(file.content()), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    } else if (entry.node() instanceof FileNode.SymbolicLink link) {
      return entry.path() + "->" + link.target();
    } else if (entry.node() instanceof FileNode.HardLink link) {
      return entry.path() + "==" + link.first();
    }
    return entry.path() + (entry.node() instanceof FileNode.Directory ? "/" : "?");
  }

  @Test
  void upperLayerReplacesAndAdds() throws IOException {
    assertEquals(
        "d/ d/a=new d/b=b",
        flatten(
            new Tar().directory("d").file("d/a", "old"),
            new Tar().file("d/a", "new").file("d/b", "b")));
  }

  @Test
  void whiteoutHidesAFileAndAWholeDirectory() throws IOException {
    assertEquals(
        "d/ d/b=b d2=2",
        flatten(
            new Tar().file("d/a", "a").file("d/b", "b").file("d/c/e/f", "f").file("d2", "2"),
            new Tar().file("d/.wh.a", "").file("d/.wh.c", "")));
  }

  @Test
  void opaqueMarkerHidesWhatLowerLayersHaveThere() throws IOException {
    assertEquals(
        "d/ d.txt=t d/new=n",
        flatten(
            new Tar().file("d/a", "a").file("d/s/b", "b").file("d.txt", "t"),
            new Tar().file("d/new", "n").file("d/.wh..wh..opq", "")));
    assertEquals(
        "n=n",
        flatten(new Tar().file("a", "a"), new Tar().file(".wh..wh..opq", "").file("n", "n")));
  }

  /** A whiteout concerns lower layers only, so its place in the archive does not matter. */
  @Test
  void whiteoutLeavesItsOwnLayerAlone() throws IOException {
    assertEquals(
        "a=new", flatten(new Tar().file("a", "old"), new Tar().file("a", "new").file(".wh.a", "")));
  }

  @Test
  void aufsNotesAreNoFiles() throws IOException {
    assertEquals(
        "a=a",
        flatten(new Tar()
            .file("a", "a")
            .file(".wh..wh.aufs", "x")
            .directory(".wh..wh.plnk")
            .file(".wh..wh.plnk/12.34", "x")));
  }

  @Test
  void fileReplacesDirectoryAndTheOtherWayAround() throws IOException {
    assertEquals(
        "f/ f/g=g x=x",
        flatten(
            new Tar().file("x/y/z", "z").file("f", "f"),
            new Tar().file("x", "x").directory("f").file("f/g", "g")));
  }

  @Test
  void directoryAgainChangesItsOwnerAndKeepsWhatItHolds() throws IOException {
    TarArchiveEntry again = new TarArchiveEntry("d/", true);
    again.setMode(01777);
    again.setIds(7, 8);
    Path archive = TestImage.toArchive(
        TestImage.of(
                new Tar().file("d/a", "a").bytes(),
                new Tar().add(again, new byte[0]).bytes())
            .dockerFiles(),
        dir.resolve("again.tar"));
    try (ContainerImage image = ContainerImage.open(archive)) {
      RootFilesystem root = image.flatten();
      assertEquals(
          new FileEntry.Owner(01777, 7, 8),
          root.find(FilePath.of("d")).orElseThrow().owner());
      assertEquals(1, root.find(FilePath.of("d/a")).orElseThrow().size());
    }
  }

  @Test
  void symlinkReplacesADirectory() throws IOException {
    assertEquals(
        "bin->usr/bin",
        flatten(new Tar().file("bin/sh", "s"), new Tar().symlink("bin", "usr/bin")));
  }

  @Test
  void missingParentsAreMadeForRoot() throws IOException {
    Path archive = TestImage.toArchive(
        TestImage.of(new Tar().file("a/b/c", "c").bytes()).dockerFiles(), dir.resolve("p.tar"));
    try (ContainerImage image = ContainerImage.open(archive)) {
      FileEntry parent = image.flatten().find(FilePath.of("a/b")).orElseThrow();
      assertInstanceOf(FileNode.Directory.class, parent.node());
      assertEquals(FileEntry.Owner.root(0755), parent.owner());
    }
  }

  @Test
  void namesAreRelativeToTheRootHoweverWritten() throws IOException {
    assertEquals(
        "a/ a/b=1 c=2", flatten(new Tar().directory(".").file("./a//b", "1").file("/c", "2")));
  }

  @Test
  void hardLinkIsAFurtherNameOfTheFile() throws IOException {
    assertEquals(
        "Z=x a==Z b==Z", flatten(new Tar().file("b", "x").hardLink("a", "b").hardLink("Z", "/b")));
  }

  @Test
  void hardLinkReachesIntoALowerLayerAndOutlivesItsTarget() throws IOException {
    assertEquals(
        "l=x",
        flatten(
            new Tar().file("a", "x"), new Tar().hardLink("l", "a"), new Tar().file(".wh.a", "")));
    assertEquals(
        "a=new l=x",
        flatten(new Tar().file("a", "x").hardLink("l", "a"), new Tar().file("a", "new")));
  }

  @Test
  void entriesAreSortedByBytesWithParentsFirst() throws IOException {
    assertEquals(
        "B=2 a/ a.b=1 a/c=3 \u00e9=4",
        flatten(new Tar().file("\u00e9", "4").file("a/c", "3").file("a.b", "1").file("B", "2")));
  }

  @ParameterizedTest
  @CsvSource({
    "../a, \"..\" in a path",
    "a/../../b, \"..\" in a path",
    "/../a, \"..\" in a path",
    ".wh., names no file",
    ".wh..., names no file",
    ".wh.x/y, lies below a whiteout",
    "./., the root is no directory"
  })
  void unsafeNameIsRefused(String name, String problem) {
    assertRefused(
        ImageException.class, () -> flatten(new Tar().file(name, "x")), "layer sha256:", problem);
  }

  @Test
  void writeThroughASymlinkIsRefused() {
    assertRefused(
        ImageException.class,
        () -> flatten(new Tar().symlink("etc", "/host/etc"), new Tar().file("etc/passwd", "x")),
        "\"etc/passwd\"",
        "through the symbolic link etc -> /host/etc");
  }

  @Test
  void fileBelowAFileIsRefused() {
    assertRefused(
        ImageException.class,
        () -> flatten(new Tar().file("a", "x").file("a/b", "x")),
        "\"a/b\"",
        "lies below a");
  }

  @ParameterizedTest
  @CsvSource({"missing", "d", "../x", "s/f"})
  void hardLinkToNoFileIsRefused(String target) {
    assertRefused(
        ImageException.class,
        () -> flatten(new Tar().file("d/f", "x").symlink("s", "d").hardLink("l", target)),
        target);
  }

  @Test
  void limitsAreKept() throws IOException {
    Tar[] layers = {new Tar().file("a/b/c", "12345").file("d", "12345")};
    assertEquals("a/ a/b/ a/b/c=12345 d=12345", flatten(new ImageLimits(1 << 20, 4, 75), layers));
    assertRefused(
        ImageException.class,
        () -> flatten(new ImageLimits(1 << 20, 3, 4), new Tar().file("a/b/c", "1")),
        "a path of more than 4 bytes");
    assertRefused(
        ImageException.class,
        () -> flatten(
            new ImageLimits(1 << 20, 3, 75),
            new Tar().file("1", "").file("2", ""),
            new Tar().file("3", "").file("4", "")),
        "more than 3 ");
    assertRefused(
        ImageException.class,
        () -> flatten(new ImageLimits(1 << 20, 3, 75), new Tar().file("1/2/3/4", "")),
        "layer sha256:",
        "more than 3 entries");
    assertRefused(
        ImageException.class,
        () -> flatten(new ImageLimits(1 << 20, 3, 4), new Tar().symlink("l", "12345")),
        "a symbolic link to a name of 5 bytes");
    assertRefused(
        ImageException.class,
        () -> flatten(new Tar().file("x".repeat(256), "1")),
        "file name of more than 255 bytes");
  }

  @Test
  void emptyLayerChangesNothing() throws IOException {
    assertEquals("a=a", flatten(new Tar().file("a", "a"), new Tar()));
  }

  @Test
  void everyKindOfFileIsKept() throws IOException {
    Path archive = TestImage.toArchive(
        TestImage.of(new Tar().device("console", 5, 1).bytes()).dockerFiles(),
        dir.resolve("dev.tar"));
    try (ContainerImage image = ContainerImage.open(archive)) {
      assertEquals(
          List.of(new FileEntry(
              FilePath.of("console"),
              FileEntry.Owner.root(0600),
              new FileNode.Device(false, 5, 1))),
          List.copyOf(image.flatten().entries()));
    }
  }
}
