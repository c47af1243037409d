package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.Architecture;
import io.treza.eif.EifException;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in a pod's image, and which parts do not fit together. */
class PodImageTest {
  @TempDir
  Path dir;

  private Path root;
  private Path eif;

  @BeforeEach
  void lay() throws IOException {
    root = PodParts.base(Files.createDirectory(dir.resolve("root")));
    eif = PodParts.eif(dir);
  }

  private static byte[] bytes(Content content) throws IOException {
    try (InputStream in = content.open()) {
      return in.readAllBytes();
    }
  }

  private static PodImage.Builder builder(ContainerImage base, Path eif) {
    return PodImage.builder(base, eif).parent(PodParts.parent()).nitroCli(PodParts.nitroCli());
  }

  private void assertRefused(
      String architecture, Function<ContainerImage, PodImage.Builder> builder, String... parts)
      throws IOException {
    try (ContainerImage base = PodParts.open(root, architecture)) {
      PodImage.Builder wrong = builder.apply(base);
      String message = assertThrows(IOException.class, wrong::build).getMessage();
      for (String part : parts) {
        assertTrue(message.contains(part), () -> "\"" + part + "\" is not in: " + message);
      }
    }
  }

  @Test
  void holdsTheEnclaveAndWhatRunsItBesideTheBase() throws IOException {
    Path out = dir.resolve("out");
    String digest;
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      PodImage image = builder(base, eif).build();
      assertEquals(Architecture.X86_64, image.architecture());
      digest = image.digest();
      image.write(out);
    }
    try (ContainerImage pod = ContainerImage.open(out)) {
      assertEquals(digest, pod.manifestDigest().orElseThrow());
      Map<String, FileEntry> files = pod.flatten().entries().stream()
          .collect(Collectors.toMap(e -> e.path().toString(), e -> e));
      assertEquals(0444, files.get("treza/enclave.eif").owner().permissions());
      for (String program : List.of("treza/run", "treza/parent", "treza/nitro-cli")) {
        assertEquals(FileEntry.Owner.root(0755), files.get(program).owner(), program);
      }
      assertTrue(files.get("treza/state").node() instanceof FileNode.Directory);
      assertTrue(files.containsKey("usr/bin/the-shell"));
      FileNode.Regular enclave =
          (FileNode.Regular) files.get("treza/enclave.eif").node();
      assertArrayEquals(Files.readAllBytes(eif), bytes(enclave.content()));
      FileNode.Regular run = (FileNode.Regular) files.get("treza/run").node();
      try (InputStream script = PodImage.class.getResourceAsStream("run")) {
        assertArrayEquals(script.readAllBytes(), bytes(run.content()));
      }
    }
  }

  @Test
  void runsTheScriptAsRootAndNothingOfTheBase() throws IOException {
    Path out = dir.resolve("out");
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      builder(base, eif).build().write(out);
    }
    try (ContainerImage pod = ContainerImage.open(out)) {
      assertEquals(List.of("/treza/run"), pod.config().entrypoint());
      assertEquals(List.of(), pod.config().cmd());
      assertEquals("0", pod.config().user());
      assertEquals(
          List.of(
              "PATH=/usr/bin",
              "NITRO_CLI_SOCKETS_PATH=/treza/state",
              "NITRO_CLI_LOGS_PATH=/treza/state"),
          pod.config().env());
    }
  }

  @Test
  void sameInputsElsewhereGiveTheSameImage() throws IOException {
    Path other = Files.createDirectory(dir.resolve("elsewhere"));
    Path otherRoot = PodParts.base(Files.createDirectory(other.resolve("root")));
    Path copy = Files.copy(eif, other.resolve("copy.eif"));
    try (ContainerImage one = PodParts.open(root, "amd64");
        ContainerImage two = PodParts.open(otherRoot, "amd64")) {
      assertEquals(
          builder(one, eif).build().digest(), builder(two, copy).build().digest());
    }
  }

  @Test
  void nitroCliOfTheBaseIsTakenIfItHasOne() throws IOException {
    assertRefused(
        "amd64",
        base -> PodImage.builder(base, eif).parent(PodParts.parent()),
        "no /usr/bin/nitro-cli",
        "aws-nitro-enclaves-cli");
    Files.writeString(root.resolve("usr/bin/nitro-cli"), "a program");
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      PodImage.builder(base, eif).parent(PodParts.parent()).build();
    }
  }

  @Test
  void baseForAnotherProcessorIsRefused() throws IOException {
    assertRefused("arm64", base -> builder(base, eif), "for amd64", "base is for arm64");
  }

  @Test
  void programForAnotherProcessorIsRefused() throws IOException {
    assertRefused(
        "amd64",
        base -> builder(base, eif).parent(PodParts.parentForArm()),
        "the parent program",
        "aarch64",
        "x86_64");
  }

  @Test
  void whatIsNoProgramIsRefused() throws IOException {
    assertRefused(
        "amd64",
        base -> builder(base, eif).nitroCli(Content.of(new byte[100])),
        "nitro-cli",
        "no program");
  }

  @Test
  void baseWithoutAShellIsRefused() throws IOException {
    Files.delete(root.resolve("usr/bin/the-shell"));
    assertRefused("amd64", base -> builder(base, eif), "no /bin/sh", "take another");
  }

  @Test
  void baseWithoutTheLibraryOfNitroCliIsRefused() throws IOException {
    Files.delete(root.resolve("usr/lib64/ld-2.34.so"));
    assertRefused("amd64", base -> builder(base, eif), "no /lib64/ld-linux-x86-64.so.2");
  }

  @Test
  void whatIsNoSoundEnclaveImageIsRefused() throws IOException {
    byte[] broken = Files.readAllBytes(eif);
    broken[broken.length - 1] ^= 1;
    Path path = Files.write(dir.resolve("broken.eif"), broken);
    assertRefused("amd64", base -> builder(base, path), "broken.eif", "lint");
    Path text = Files.writeString(dir.resolve("text"), "no enclave".repeat(100));
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      PodImage.Builder builder = builder(base, text);
      assertThrows(EifException.class, builder::build);
    }
  }

  @Test
  void enclaveImageReplacedAfterTheBuildIsNotWritten() throws IOException {
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      PodImage image = builder(base, eif).build();
      byte[] other = Files.readAllBytes(eif);
      other[600] ^= 1;
      Files.write(eif, other);
      Path out = dir.resolve("out");
      assertThrows(ImageException.class, () -> image.write(out));
      assertTrue(Files.notExists(out));
    }
  }
}
