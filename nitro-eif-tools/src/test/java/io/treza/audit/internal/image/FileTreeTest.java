package io.treza.audit.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.Tar;
import java.io.IOException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileTreeTest {
  private static FileTree tree() throws IOException {
    Tar tar = new Tar()
        .symlink("bin", "usr/bin")
        .file("usr/bin/sh", "shell")
        .symlink("usr/bin/ash", "/bin/sh")
        .symlink("usr/bin/up", "../../../../etc/passwd")
        .file("etc/passwd", "root")
        .symlink("etc/self", "self")
        .symlink("etc/a", "b")
        .symlink("etc/b", "a")
        .symlink("etc/gone", "nowhere/x")
        .symlink("etc/host", "/proc/1/root/etc/shadow");
    return Audited.of(tar).survey().root();
  }

  @ParameterizedTest
  @CsvSource({
    "/bin/sh, usr/bin/sh",
    "bin/ash, usr/bin/sh",
    "/usr/bin/../bin//sh, usr/bin/sh",
    "/bin/../etc/passwd, usr/etc?",
    "/bin/up, etc/passwd",
    "/../../etc/passwd, etc/passwd"
  })
  void linksAreFollowedInsideTheRoot(String path, String real) throws IOException {
    Resolution resolution = tree().resolve(path);
    assertEquals(
        real,
        resolution instanceof Resolution.Found found
            ? found.file().path().toString()
            : ((Resolution.Missing) resolution).path() + "?");
  }

  @ParameterizedTest
  @CsvSource({"etc/self, etc/self", "etc/a, etc/"})
  void linksThatNeverEndAreALoop(String path, String place) throws IOException {
    Resolution.Loop loop = assertInstanceOf(Resolution.Loop.class, tree().resolve(path));
    assertTrue(loop.path().startsWith(place), loop::toString);
  }

  @Test
  void whatIsMissingIsNamedByTheRealNameOfItsDirectory() throws IOException {
    assertEquals(new Resolution.Missing("usr/bin/bash"), tree().resolve("/bin/bash"));
    assertEquals(new Resolution.Missing("etc/nowhere"), tree().resolve("/etc/gone"));
    assertEquals(new Resolution.Missing("proc"), tree().resolve("/etc/host"));
  }

  @Test
  void aFileIsNoDirectory() throws IOException {
    assertEquals(new Resolution.NotDirectory("etc/passwd"), tree().resolve("/etc/passwd/x"));
    assertEquals(new Resolution.NotDirectory("usr/bin/sh"), tree().resolve("/bin/ash/.."));
  }

  @Test
  void theRootIsADirectory() throws IOException {
    assertTrue(tree().follow("/").orElseThrow().directory());
    assertTrue(tree().find("").orElseThrow().directory());
  }

  @Test
  void aDirectoryHoldsWhatIsBelowItAtAnyDepth() throws IOException {
    FileTree tree = Audited.of(
            new Tar().file("a/b/c", "").file("a/d", "").file("ab", "").file("a-b/c", ""))
        .survey()
        .root();
    assertEquals(
        "a/b a/b/c a/d",
        tree.below("/a/").stream().map(f -> f.path().toString()).collect(Collectors.joining(" ")));
  }

  @Test
  void aFileOfSeveralNamesCountsOnce() throws IOException {
    assertEquals(
        4,
        Audited.of(new Tar().file("a", "1234").hardLink("b", "a"))
            .survey()
            .root()
            .totalBytes());
  }
}
