package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.EifDifference.Aspect;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EifDiffTest {
  @TempDir
  Path dir;

  private static EifFile golden(String name) throws IOException {
    return EifFile.open(Requirement.shared("eif/golden").resolve(name));
  }

  private EifFile with(String file, Newc ramdisk) throws IOException {
    byte[] eif = BrokenEif.whole().with(BrokenEif.RAMDISK, ramdisk.bytes()).bytes();
    return EifFile.open(Files.write(dir.resolve(file), eif));
  }

  private List<String> between(Newc one, Newc other) throws IOException {
    return EifDiff.between(with("a.eif", one), with("b.eif", other)).stream()
        .map(EifDifference::toString)
        .toList();
  }

  @Test
  void sameFileHasNoDifference() throws IOException {
    EifFile eif = golden("g3-x86-signed384-three-ramdisks.eif");
    assertEquals(List.of(), EifDiff.between(eif, eif));
  }

  @Test
  void bytesMovedBetweenSectionsAreFound() throws IOException {
    List<EifDifference> found =
        EifDiff.between(golden("g1-x86-unsigned.eif"), golden("n3-moved-bytes-same-pcr0.eif"));
    EifDifference moved = found.get(0);
    assertEquals(Aspect.BOUNDARIES, moved.aspect());
    assertTrue(moved.before().contains("ramdisk 0 3001, ramdisk 1 5003"), moved.before());
    assertEquals(List.of(1, 2), moved.registers());
    assertEquals(
        List.of(List.of(1), List.of(2)),
        found.subList(1, 3).stream().map(EifDifference::registers).toList());
  }

  /** Trail of Bits' finding: no register changes, and the kernel's arguments do. */
  @Test
  void bytesMovedFromTheCommandLineAreFoundThoughNoRegisterMoves() throws IOException {
    EifFile one = EifFile.open(Files.write(
        dir.resolve("a.eif"),
        new BrokenEif()
            .with(BrokenEif.KERNEL, "k")
            .with(BrokenEif.CMDLINE, "quiet panic=1")
            .with(BrokenEif.METADATA, BrokenEif.JSON)
            .with(BrokenEif.RAMDISK, "ram0")
            .bytes()));
    EifFile other = EifFile.open(Files.write(
        dir.resolve("b.eif"),
        new BrokenEif()
            .with(BrokenEif.KERNEL, "k")
            .with(BrokenEif.CMDLINE, "quiet")
            .with(BrokenEif.METADATA, BrokenEif.JSON)
            .with(BrokenEif.RAMDISK, " panic=1ram0")
            .bytes()));
    assertEquals(one.measurements(), other.measurements());
    List<EifDifference> found = EifDiff.between(one, other);
    assertEquals(Aspect.BOUNDARIES, found.get(0).aspect());
    assertEquals("cmdline: field: quiet panic=1 -> quiet", found.get(1).toString());
  }

  @Test
  void signatureMovesPcr8Alone() throws IOException {
    List<EifDifference> found =
        EifDiff.between(golden("g1-x86-unsigned.eif"), golden("g4-signed256.eif"));
    assertEquals(1, found.size());
    assertEquals("signature", found.get(0).section());
    assertEquals(Aspect.PRESENCE, found.get(0).aspect());
    assertEquals(List.of(8), found.get(0).registers());
  }

  @Test
  void metadataAndHeaderMoveNothing() throws IOException {
    EifFile one = BrokenEif.whole().open(dir);
    byte[] bytes = BrokenEif.whole()
        .replace(
            BrokenEif.METADATA,
            BrokenEif.JSON.replace("\"n\"", "\"m\"").getBytes(StandardCharsets.UTF_8))
        .bytes();
    bytes[7] = 1;
    EifFile other = EifFile.open(Files.write(dir.resolve("b.eif"), BrokenEif.withCrc(bytes)));
    List<EifDifference> found = EifDiff.between(one, other);
    assertEquals(
        List.of("header", "metadata"),
        found.stream().map(EifDifference::section).toList());
    assertTrue(found.stream().allMatch(d -> d.registers().isEmpty()));
    assertTrue(found.get(1).after().contains("\"ImageName\":\"m\""));
  }

  /** linuxkit writes directories of the image with a slash, and those it adds itself without. */
  @Test
  void slashAfterADirectoryIsNotPartOfItsName() throws IOException {
    assertEquals(
        List.of("ramdisk 1: archive: 512 bytes -> 512 bytes [PCR0, PCR2]"),
        between(
            new Newc().directory("d/").file("f", ""), new Newc().directory("d").file("f", "")));
    assertEquals(
        List.of("ramdisk 1: d: mode: 755 -> 700 [PCR0, PCR2]"),
        between(new Newc().directory("d/"), new Newc().directory("d/").member("d", 0040700, "")));
  }

  @Test
  void everyPropertyOfAFileIsCompared() throws IOException {
    Newc one = new Newc()
        .member("f", "x", 1, 0100644, 0, 0, 1, 7, 1, 3, 1, 0, 0)
        .link("l", "a")
        .file("gone", "")
        .directory("k");
    Newc other = new Newc()
        .member("f", "y", 1, 0100755, 1, 2, 2, 8, 1, 3, 1, 0, 0)
        .link("l", "b")
        .file("k", "")
        .file("new", "12");
    String x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    String y = "a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa";
    String moved = " [PCR0, PCR2]";
    String nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assertEquals(
        List.of(
            "ramdisk 1: f: mode: 644 -> 755" + moved,
            "ramdisk 1: f: owner: 0:0 -> 1:2" + moved,
            "ramdisk 1: f: time: 7 -> 8" + moved,
            "ramdisk 1: f: links: 1 -> 2" + moved,
            "ramdisk 1: f: content: " + x + " -> " + y + moved,
            "ramdisk 1: gone: presence: - 0 bytes -> (none)" + moved,
            "ramdisk 1: k: kind: DIRECTORY -> FILE" + moved,
            "ramdisk 1: k: mode: 755 -> 644" + moved,
            "ramdisk 1: k: content: (none) -> " + nothing + moved,
            "ramdisk 1: l: target: a -> b" + moved,
            "ramdisk 1: new: presence: (none) -> - 2 bytes" + moved),
        between(one, other));
  }

  @Test
  void otherOrderOfTheSameFilesIsADifferenceOfTheArchive() throws IOException {
    Newc one = new Newc().file("a", "").file("b", "");
    Newc other = new Newc().file("b", "").file("a", "");
    assertEquals(
        List.of("ramdisk 1: archive: 512 bytes -> 512 bytes [PCR0, PCR2]"), between(one, other));
  }

  private List<String> ofRamdisks(List<String> one, List<String> other) throws IOException {
    List<EifFile> files = new ArrayList<>();
    for (List<String> ramdisks : List.of(one, other)) {
      BrokenEif eif = new BrokenEif()
          .with(BrokenEif.KERNEL, "k")
          .with(BrokenEif.CMDLINE, "quiet")
          .with(BrokenEif.METADATA, BrokenEif.JSON);
      ramdisks.forEach(ramdisk -> eif.with(BrokenEif.RAMDISK, ramdisk));
      files.add(EifFile.open(Files.write(dir.resolve(files.size() + ".eif"), eif.bytes())));
    }
    return EifDiff.between(files.get(0), files.get(1)).stream()
        .map(EifDifference::toString)
        .toList();
  }

  @Test
  void oneMoreRamdiskDoesNotMakeTheLaterOnesDiffer() throws IOException {
    assertEquals(
        List.of("ramdisk 1: presence: (none) -> 3 bytes [PCR0, PCR2]"),
        ofRamdisks(List.of("boot", "app", "data"), List.of("boot", "new", "app", "data")));
    assertEquals(
        List.of("ramdisk 1: presence: 3 bytes -> (none) [PCR0, PCR2]"),
        ofRamdisks(List.of("boot", "new", "app", "data"), List.of("boot", "app", "data")));
  }

  @Test
  void changedRamdiskIsComparedWithTheOneInItsPlace() throws IOException {
    assertEquals(
        List.of(
            "ramdisk 1: presence: (none) -> 3 bytes [PCR0, PCR2]",
            "ramdisk 2 -> ramdisk 3: bytes: 4 bytes, first at 3 -> 4 bytes [PCR0, PCR2]"),
        ofRamdisks(List.of("boot", "app", "data"), List.of("boot", "new", "app", "dat0")));
    assertEquals(
        List.of(
            "ramdisk 0: bytes: 4 bytes, first at 0 -> 4 bytes [PCR0, PCR1]",
            "ramdisk 1: bytes: 3 bytes, first at 0 -> 3 bytes [PCR0, PCR2]"),
        ofRamdisks(List.of("boot", "app"), List.of("init", "new")));
  }

  /** What was the first ramdisk is under PCR2 then. */
  @Test
  void anotherFirstRamdiskMovesEveryRegister() throws IOException {
    assertEquals(
        List.of("ramdisk 0: presence: (none) -> 3 bytes [PCR0, PCR1, PCR2]"),
        ofRamdisks(List.of("boot"), List.of("new", "boot")));
  }
}
