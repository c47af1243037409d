package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testsupport.Requirement;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code treza eif ...} end to end, against files that AWS's reference implementation wrote. */
class EifCommandTest {
  private static final String CMDLINE =
      "reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux i8042.nopnp"
          + " i8042.dumbkbd random.trust_cpu=on";

  @TempDir
  Path dir;

  private static String golden(String name) {
    return Requirement.shared("eif/golden").resolve(name).toString();
  }

  private String out(String name) {
    return dir.resolve(name).toString();
  }

  private static CommandLineRun eif(String... args) {
    List<String> all = new ArrayList<>(List.of("eif"));
    all.addAll(Arrays.asList(args));
    return CommandLineRun.of(all);
  }

  private static CommandLineRun good(CommandLineRun run) {
    assertEquals(0, run.status(), run.out() + run.err());
    return run;
  }

  private static String[] parts(String verb, String letter, String kernel, String... more) {
    List<String> args = new ArrayList<>(List.of(
        verb,
        "--kernel",
        golden("in/kernel-" + letter + ".bin"),
        "--build-time",
        "1970-01-01T00:00:00+00:00",
        "--build-tool",
        "golden",
        "--build-tool-version",
        "1.2.3"));
    if (!kernel.isEmpty()) {
      args.addAll(List.of("--img-os", "Linux", "--img-kernel", kernel, "--cmdline", CMDLINE));
    }
    args.addAll(Arrays.asList(more));
    return args.toArray(String[]::new);
  }

  private String[] g1(String verb, String... more) {
    List<String> args = new ArrayList<>(
        List.of("--ramdisk", golden("in/rd0-a.bin"), "--ramdisk", golden("in/rd1-a.bin")));
    args.addAll(Arrays.asList(more));
    return parts(verb, "a", "4.14.256", args.toArray(String[]::new));
  }

  private static void assertSameFile(String expected, String actual) throws IOException {
    assertArrayEquals(Files.readAllBytes(Path.of(expected)), Files.readAllBytes(Path.of(actual)));
  }

  private static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }

  @Test
  void rawModeWritesWhatAwsWrites() throws IOException {
    CommandLineRun run = good(eif(g1("build", "--output-file", out("a.eif"))));
    assertSameFile(golden("g1-x86-unsigned.eif"), out("a.eif"));
    JsonNode expected = json(Files.readString(Path.of(golden("g1-x86-unsigned.pcrs.json"))));
    assertEquals(expected.get("PCR0"), json(run.out()).get("Measurements").get("PCR0"));
    assertEquals(run.out(), good(eif(g1("measure"))).out());
  }

  @Test
  void rawModeAnswersInOneLineToo() throws IOException {
    String out = good(eif(g1("measure", "--json"))).out();
    assertEquals(1, out.lines().count(), out);
    assertEquals("x86_64", json(out).get("Architecture").textValue());
    assertEquals(
        json(Files.readString(Path.of(golden("g1-x86-unsigned.pcrs.json")))).get("PCR0"),
        json(out).get("Measurements").get("PCR0"));
  }

  @Test
  void rawModeWithCustomMetadataWritesWhatAwsWrites() throws IOException {
    good(eif(parts(
        "build",
        "b",
        "",
        "--cmdline",
        "console=ttyS0",
        "--ramdisk",
        golden("in/rd0-b.bin"),
        "--arch",
        "aarch64",
        "--name",
        "golden-b",
        "--version",
        "golden-b",
        "--metadata",
        golden("in/custom-b.json"),
        "-o",
        out("b.eif"))));
    assertSameFile(golden("g2-arm-one-ramdisk.eif"), out("b.eif"));
  }

  @Test
  void signedAndStrippedRawModeIsWhatAwsSignedStripped() throws IOException {
    String[] ramdisks = {
      "--ramdisk", golden("in/rd0-c.bin"),
      "--ramdisk", golden("in/rd1-c.bin"),
      "--ramdisk", golden("in/rd2-c.bin"),
      "--private-key", golden("keys/key384.pem"),
      "--signing-certificate", golden("keys/cert384.pem"),
      "-o", out("c.eif")
    };
    CommandLineRun run = good(eif(parts("build", "c", "6.6.79", ramdisks)));
    JsonNode expected =
        json(Files.readString(Path.of(golden("g3-x86-signed384-three-ramdisks.pcrs.json"))));
    assertEquals(expected.get("PCR8"), json(run.out()).get("Measurements").get("PCR8"));
    good(eif("sign", out("c.eif"), "--remove"));
    String aws = golden("g3-x86-signed384-three-ramdisks.eif");
    good(eif("sign", aws, "--remove", "-o", out("aws.eif")));
    assertSameFile(out("aws.eif"), out("c.eif"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g1-x86-unsigned",
        "g2-arm-one-ramdisk",
        "g3-x86-signed384-three-ramdisks",
        "g4-signed256"
      })
  void describeSaysWhatNitroCliSays(String name) throws IOException {
    CommandLineRun run = good(eif("describe", "--eif-path", golden(name + ".eif")));
    String published = Files.readString(Path.of(golden(name + ".describe.json")));
    assertEquals(published.strip(), run.out().strip());
  }

  @ParameterizedTest
  @CsvSource({
    "n1-gap.eif, section-gap",
    "n4-bad-crc.eif, crc",
    "n6-signature-of-other-image.eif, ''"
  })
  void describeSaysNoOfBadFiles(String name, String rule) {
    CommandLineRun run = eif("describe", golden(name));
    assertEquals(1, run.status());
    assertTrue(run.err().startsWith(rule), run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "n1-gap.eif, section-gap",
    "n4-bad-crc.eif, crc",
    "n6-signature-of-other-image.eif, signature-other-image"
  })
  void lintNamesTheRule(String name, String rule) throws IOException {
    CommandLineRun run = eif("lint", golden(name), "--json");
    assertEquals(1, run.status());
    List<String> rules = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      rules.add(json(line).get("rule").textValue());
    }
    assertTrue(rules.contains(rule), rules.toString());
    String text = eif("lint", golden(name)).out();
    assertTrue(text.contains("error  " + rule + " at offset "), text);
    assertTrue(text.contains("To do: "), text);
  }

  @Test
  void diffSaysWhyPcrsDiffer() throws IOException {
    String original = golden("g1-x86-unsigned.eif");
    assertEquals(0, eif("diff", original, original).status());
    CommandLineRun run = eif("diff", original, golden("n3-moved-bytes-same-pcr0.eif"), "--json");
    assertEquals(1, run.status());
    JsonNode first = json(run.out().lines().findFirst().orElseThrow());
    assertEquals("boundaries", first.get("aspect").textValue());
    assertEquals("[1,2]", first.get("registers").toString());
  }

  @Test
  void signingInPlaceAgainAndElsewhere() throws IOException {
    Path file = Files.copy(Path.of(golden("g4-signed256.eif")), dir.resolve("a.eif"));
    CommandLineRun run = good(eif(
        "sign",
        file.toString(),
        "--private-key",
        golden("keys/key521.pem"),
        "--signing-certificate",
        golden("keys/cert521.pem")));
    assertTrue(run.out().contains("PCR8"));
    assertTrue(good(eif("describe", file.toString())).out().contains("\"SignatureCheck\": true"));
    good(eif("sign", file.toString(), "--remove", "-o", out("b.eif")));
    assertSameFile(golden("g1-x86-unsigned.eif"), out("b.eif"));
  }

  @Test
  void detachedSignatureIsExportedAndAttached() throws IOException {
    String certificate = golden("keys/cert256.pem");
    String file = golden("g1-x86-unsigned.eif");
    good(eif("sign", file, "--signing-certificate", certificate, "--export", out("payload")));
    byte[] payload = Files.readAllBytes(dir.resolve("payload"));
    assertTrue(payload.length > 48);
    Files.write(dir.resolve("signature"), new byte[64]);
    CommandLineRun wrong = eif(
        "sign",
        file,
        "--signing-certificate",
        certificate,
        "--signature",
        out("signature"),
        "-o",
        out("signed.eif"));
    assertEquals(2, wrong.status());
    assertTrue(wrong.err().contains("nothing was written"), wrong.err());
    assertFalse(Files.exists(dir.resolve("signed.eif")));
  }

  @Test
  void signatureOfTheExportedBytesIsAttached() throws Exception {
    String certificate = golden("keys/cert384.pem");
    String file = golden("g1-x86-unsigned.eif");
    Files.writeString(dir.resolve("payload"), "of another image");
    good(eif("sign", file, "--signing-certificate", certificate, "--export", out("payload")));
    Requirement.require(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(d -> Files.isExecutable(Path.of(d, "openssl"))),
        "openssl is not here");
    Process openssl = new ProcessBuilder(
            "openssl",
            "dgst",
            "-sha384",
            "-sign",
            golden("keys/key384.pem"),
            "-out",
            out("signature"),
            out("payload"))
        .inheritIO()
        .start();
    assertEquals(0, openssl.waitFor());
    good(eif(
        "sign",
        file,
        "--signing-certificate",
        certificate,
        "--signature",
        out("signature"),
        "-o",
        out("signed.eif")));
    assertTrue(good(eif("describe", out("signed.eif"))).out().contains("\"SignatureCheck\": true"));
  }

  @ParameterizedTest
  @CsvSource({
    "--remove --private-key, no key",
    "--export payload --private-key, no key",
    "--signature nowhere --private-key, no key",
    "--remove --key-store, no key",
    "--export payload -o, leave out --output-file",
    "--export nowhere/payload --signing-certificate, nowhere does not exist",
    "--export . --signing-certificate, a directory; name a file",
    "--key-store nowhere --private-key, one signing key"
  })
  void signHeedsWhatItIsGivenOrRefusesIt(String options, String says) throws IOException {
    Path file = Files.copy(Path.of(golden("g4-signed256.eif")), dir.resolve("a.eif"));
    List<String> args = new ArrayList<>(List.of("sign", file.toString()));
    for (String word : options.split(" ")) {
      boolean name = word.startsWith("-") || word.equals(".");
      args.add(name ? word : out(word));
    }
    args.add(options.endsWith("certificate") ? golden("keys/cert384.pem") : out("more"));
    CommandLineRun run = eif(args.toArray(String[]::new));
    assertEquals(2, run.status(), run.out());
    assertTrue(run.err().contains(says), run.err());
    assertSameFile(golden("g4-signed256.eif"), file.toString());
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  @Test
  void keysAreSaidToBeOfTheKindsThatEnclavesTake() {
    assertFalse(eif("sign", "--help").out().contains("Ed25519"));
    assertFalse(eif("build", "--help").out().contains("Ed25519"));
  }

  @Test
  void failedSigningLeavesNothing() throws IOException {
    CommandLineRun run = eif(g1(
        "build",
        "--private-key",
        golden("keys/key256.pem"),
        "--signing-certificate",
        golden("keys/cert384.pem"),
        "-o",
        out("a.eif")));
    assertEquals(2, run.status());
    assertTrue(run.err().contains("not of the private key"), run.err());
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void pcrIsWhatNitroCliPrints() throws IOException {
    JsonNode published = json(Files.readString(Path.of(golden("g4-signed256.pcrs.json"))));
    String pcr8 =
        good(eif("pcr", "--signing-certificate", golden("keys/cert256.pem"))).out();
    assertEquals(published.get("PCR8"), json(pcr8).get("PCR8"));
    Files.write(dir.resolve("empty"), new byte[0]);
    JsonNode one = json(Files.readString(Path.of(golden("g2-arm-one-ramdisk.pcrs.json"))));
    String input = good(eif("pcr", "--input", out("empty"))).out();
    assertEquals(one.get("PCR2"), json(input).get("PCR"));
    assertEquals(2, eif("pcr").status());
  }

  @Test
  void extractWritesTheSectionsAsTheyAre() throws IOException {
    String file = golden("g1-x86-unsigned.eif");
    good(eif("extract", file, "-o", out("parts")));
    assertSameFile(golden("in/kernel-a.bin"), out("parts/kernel"));
    assertSameFile(golden("in/rd1-a.bin"), out("parts/ramdisk-1"));
    assertTrue(good(eif("extract", file, "--list")).out().contains("ramdisk 1"));
    CommandLineRun files = eif("extract", file, "--files", "-o", out("files"));
    assertEquals(2, files.status());
    assertTrue(files.err().contains("ramdisk-no-archive"), files.err());
    assertFalse(Files.exists(dir.resolve("files")));
  }

  @Test
  void verifyBuildSaysYesOrNoWithTheDifference() {
    List<String> yes = new ArrayList<>(Arrays.asList(g1("verify-build")));
    yes.addAll(List.of("--eif-path", golden("g4-signed256.eif")));
    assertTrue(good(eif(yes.toArray(String[]::new))).out().startsWith("yes: "));
    List<String> no = new ArrayList<>(Arrays.asList(g1("verify-build")));
    no.addAll(List.of("--eif-path", golden("n3-moved-bytes-same-pcr0.eif")));
    CommandLineRun run = eif(no.toArray(String[]::new));
    assertEquals(1, run.status());
    assertTrue(run.out().contains("boundaries"), run.out());
    assertTrue(run.out().endsWith("no: it differs" + System.lineSeparator()), run.out());
  }

  @Test
  void verifyBuildNamesTheRuleForPrograms() throws IOException {
    String[] args = g1("verify-build", "--eif-path", golden("n4-bad-crc.eif"), "--json");
    CommandLineRun run = eif(args);
    assertEquals(1, run.status());
    assertEquals("crc", json(run.out()).get("rule").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"describe", "lint", "extract --list", "sign --remove"})
  void whatIsNoEifIsUnusable(String verb) throws IOException {
    Files.writeString(dir.resolve("text"), "hello");
    List<String> args = new ArrayList<>(List.of(verb.split(" ")));
    args.add(out("text"));
    CommandLineRun run = eif(args.toArray(String[]::new));
    assertEquals(2, run.status());
    assertTrue(run.err().contains("does not begin with .eif"), run.err());
    args.set(args.size() - 1, out("nowhere"));
    CommandLineRun missing = eif(args.toArray(String[]::new));
    assertEquals(2, missing.status());
    assertTrue(missing.err().contains("nowhere does not exist"), missing.err());
  }

  @ParameterizedTest
  @CsvSource({
    "--arch, riscv64, x86_64 or aarch64",
    "--build-time, yesterday, --build-time",
    "--blobs, /, leave out",
    "--metadata, nowhere, nowhere",
    "--signing-certificate, nowhere, --private-key",
    "--key-store, nowhere, --key-alias"
  })
  void unusableOptionsAreNamed(String option, String value, String says) {
    CommandLineRun run = eif(g1("measure", option, value));
    assertEquals(2, run.status());
    assertTrue(run.err().contains(says), run.err());
  }
}
