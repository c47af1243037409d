package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --blobs} takes for the bootstrap ramdisk, and how {@code --layout} lays files out. */
class EifBlobsTest {
  @TempDir
  Path dir;

  private Path blobs;
  private String image;

  @BeforeEach
  void prepare() throws IOException {
    blobs = Files.createDirectory(dir.resolve("blobs"));
    Files.writeString(blobs.resolve("bzImage"), "no known kernel");
    Files.writeString(blobs.resolve("cmdline"), "console=ttyS0\n");
    Files.writeString(blobs.resolve("init"), "not an init");
    CraftedImage.Member app = CraftedImage.program("bin/app");
    image = "oci:"
        + new CraftedImage()
            .layer(app, CraftedImage.link("bin/link", "bin/app", true))
            .write(dir.resolve("image"));
  }

  private void blob(String name) throws IOException {
    Path file = blobs.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content of " + name);
  }

  private CommandLineRun eif(String verb, String... more) {
    List<String> args = new ArrayList<>(List.of("eif", verb, image, "--blobs", blobs.toString()));
    args.addAll(Arrays.asList(more));
    return CommandLineRun.of(args);
  }

  private static CommandLineRun good(CommandLineRun run) {
    assertEquals(Treza.YES, run.status(), run.out() + run.err());
    return run;
  }

  private String build(String name, String... more) {
    String file = dir.resolve(name).toString();
    List<String> args = new ArrayList<>(List.of("--output", file));
    args.addAll(Arrays.asList(more));
    good(eif("build", args.toArray(String[]::new)));
    return file;
  }

  /** Names and sizes in each ramdisk of an EIF, in order. */
  private static List<String> files(String eif) {
    return good(CommandLineRun.of("eif", "extract", eif, "--list", "--files"))
        .out()
        .lines()
        .filter(line -> line.startsWith("  "))
        .map(line -> line.replaceFirst(" +(\\S+) \\S+ (\\S+) \\S+ ", "$1 $2 "))
        .toList();
  }

  private static void assertUnusable(CommandLineRun run, String... parts) {
    assertEquals(Treza.UNUSABLE, run.status(), run.out() + run.err());
    for (String part : parts) {
      assertTrue(run.err().contains(part), run.err());
    }
  }

  @Test
  void firstGenerationIsInitAndTheNsmModule() throws IOException {
    blob("nsm.ko");
    assertEquals(
        List.of("d0755 0 dev", "-0755 11 init", "-0755 17 nsm.ko"),
        files(build("a.eif")).subList(0, 3));
    Path other = Files.writeString(dir.resolve("other.ko"), "other");
    assertEquals(
        "-0755 5 nsm.ko",
        files(build("b.eif", "--nsm-module", other.toString())).get(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"modules/", ""})
  void secondGenerationIsTheListedModulesInTheirDirectoryOrBesideTheList(String directory)
      throws IOException {
    blob(directory + "nsm.ko");
    blob(directory + "virtio_mmio.ko");
    blob(directory + "unlisted.ko");
    Files.writeString(blobs.resolve("modules_load_order"), "# order\nvirtio_mmio.ko\nnsm.ko\n");
    String eif = build("a.eif");
    int nsm = ("content of " + directory + "nsm.ko").length();
    assertEquals(
        List.of(
            "d0755 0 dev",
            "-0755 11 init",
            "-0644 30 modules_load_order",
            "-0755 " + (nsm + 8) + " virtio_mmio.ko",
            "-0755 " + nsm + " nsm.ko",
            "d0755 0 rootfs"),
        files(eif).subList(0, 6));
    assertFalse(CommandLineRun.of("eif", "lint", eif).out().contains("module-missing"));
    assertUnusable(
        eif("measure", "--nsm-module", blobs.resolve("init").toString()),
        "modules_load_order",
        "leave out --nsm-module");
  }

  @Test
  void whatASetLacksIsNamed() throws IOException {
    Files.writeString(blobs.resolve("modules_load_order"), "nsm.ko\n");
    assertUnusable(eif("measure"), "modules_load_order, line 1: nsm.ko: missing in " + blobs);
    Files.delete(blobs.resolve("modules_load_order"));
    blob("modules/nsm.ko");
    assertUnusable(eif("measure"), "modules is there, but not modules_load_order");
    Files.delete(blobs.resolve("modules/nsm.ko"));
    Files.delete(blobs.resolve("modules"));
    for (String name : List.of("init", "cmdline", "bzImage")) {
      Path file = blobs.resolve(name);
      byte[] content = Files.readAllBytes(file);
      Files.delete(file);
      assertUnusable(eif("measure"), blobs.toString(), name);
      Files.write(file, content);
    }
  }

  @Test
  void missingNsmModuleIsSaidSinceTheKernelMayHaveItBuiltIn() throws IOException {
    assertTrue(good(eif("measure")).err().contains("neither nsm.ko nor modules_load_order"));
    blob("nsm.ko");
    assertEquals("", good(eif("measure")).err());
  }

  @Test
  void environmentNamesTheBlobsAndThatIsSaid() throws IOException, InterruptedException {
    blob("nsm.ko");
    ProcessBuilder builder = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        Treza.class.getName(),
        "eif",
        "measure",
        image);
    builder.environment().put("NITRO_CLI_BLOBS", blobs.toString());
    Path err = dir.resolve("err");
    Path out = dir.resolve("out");
    builder.redirectError(err.toFile()).redirectOutput(out.toFile());
    assertEquals(Treza.YES, builder.start().waitFor(), () -> "see " + err);
    assertEquals(good(eif("measure")).out(), Files.readString(out));
    assertTrue(Files.readString(err).contains(blobs + ", which NITRO_CLI_BLOBS names"));
  }

  @Test
  void layoutDecidesTheBytesAndVerifyBuildNeedsTheSame() throws IOException {
    String reproducible = build("a.eif");
    String nitroCli = build("b.eif", "--layout", "nitro-cli");
    assertEquals(
        List.of(
            "d0755 0 rootfs",
            "d0755 0 rootfs/bin/",
            "-0755 157 rootfs/bin/app",
            "l0755 3 rootfs/bin/link -> app"),
        files(nitroCli).subList(2, 6));
    assertEquals(files(reproducible), files(build("c.eif", "--layout", "reproducible")));
    good(eif("verify-build", "--eif-path", nitroCli, "--layout", "nitro-cli"));
    assertEquals(Treza.NO, eif("verify-build", "--eif-path", nitroCli).status());
    assertUnusable(eif("measure", "--layout", "linuxkit"), "reproducible or nitro-cli");
  }

  @Test
  void diffOfTwoLayoutsIsAboutFilesAndNotAboutHowTheyAreNamed() {
    String diff = CommandLineRun.of(
            "eif", "diff", build("a.eif"), build("b.eif", "--layout", "nitro-cli"))
        .out();
    assertTrue(diff.contains("rootfs/bin/link: kind: "), diff);
    assertTrue(diff.contains("rootfs/etc/hosts: presence: "), diff);
    assertFalse(diff.contains("rootfs/bin: presence"), diff);
    assertFalse(diff.contains("rootfs/bin/: "), diff);
  }

  @Test
  void layoutBringsItsCommandRule() throws IOException {
    image = "oci:"
        + new CraftedImage()
            .config(c -> c.replace("\"Cmd\"", "\"Entrypoint\":[\"/e\"],\"Cmd\""))
            .write(dir.resolve("other"));
    assertTrue(good(eif("measure")).err().contains("The command is [/e, /bin/app]."));
    CommandLineRun nitroCli = good(eif("measure", "--layout", "nitro-cli"));
    assertTrue(nitroCli.err().contains("The command is [/bin/app]."), nitroCli.err());
    CommandLineRun docker =
        good(eif("measure", "--layout", "nitro-cli", "--command-rule", "docker"));
    assertTrue(docker.err().contains("The command is [/e, /bin/app]."), docker.err());
    assertNotEquals(nitroCli.out(), docker.out());
  }

  @ParameterizedTest
  @CsvSource({"--layout, nitro-cli", "--command-rule, docker", "--platform, linux/arm64"})
  void whatIsSaidOfAnImageIsNotForRamdisksAsTheyAre(String option, String value) {
    String file = blobs.resolve("init").toString();
    assertUnusable(
        CommandLineRun.of(
            "eif",
            "measure",
            "--kernel",
            file,
            "--cmdline",
            "quiet",
            "--ramdisk",
            file,
            option,
            value),
        "--ramdisk takes the ramdisks as they are: leave out " + option);
  }

  @ParameterizedTest
  @CsvSource({
    "--arch, aarch64, --platform chooses",
    "--build-time, 2026-11-23T00:00:00Z, --build-time goes with --ramdisk",
    "--build-tool, mine, --build-tool goes with --ramdisk",
    "--build-tool-version, 2, --build-tool-version goes with --ramdisk",
    "--img-os, Linux, --img-os goes with --ramdisk",
    "--img-kernel, 6.6, --img-kernel goes with --ramdisk"
  })
  void whatIsSaidOfRamdisksIsNotForAnImage(String option, String value, String says) {
    assertUnusable(eif("measure", option, value), says);
  }

  @Test
  void whoWatchesIsToldWhatGoesOn() throws IOException {
    blob("nsm.ko");
    System.setProperty("treza.terminal", "true");
    try {
      assertEquals(
          ("\rreading " + dir.resolve("image") + " ...%n\rbuilding ...%n").formatted(),
          good(eif("measure")).err());
    } finally {
      System.clearProperty("treza.terminal");
    }
  }

  @Test
  void verifyBuildAnswersProgramsToo() throws IOException {
    CommandLineRun differs =
        eif("verify-build", "--eif-path", build("a.eif", "--layout", "nitro-cli"), "--json");
    assertEquals(1, differs.status());
    JsonMapper json = JsonMapper.builder().build();
    for (String line : differs.out().lines().toList()) {
      assertTrue(json.readTree(line).has("aspect"), line);
    }
    CommandLineRun same = good(eif("verify-build", "--eif-path", build("b.eif"), "--json"));
    assertEquals("", same.out());
  }
}
