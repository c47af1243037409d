package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import io.treza.testkit.Pcrs;
import io.treza.testkit.SimulatedNsm;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code treza attestation verify} answers, prints and exits with. */
class AttestationVerifyCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final String ROLE = "arn:aws:iam::123456789012:role/Webserver";
  private static final byte[] NONCE = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");

  @TempDir
  static Path directory;

  private static byte[] document;
  private static String file;
  private static String root;
  private static String pins;
  private static String otherPins;
  private static CertificateChain chain;

  @BeforeAll
  static void makeDocument() throws IOException {
    DevelopmentRoot developmentRoot =
        DevelopmentRoot.create(Naming.SIMULATED, InstantSource.fixed(NOW));
    chain = CertificateChain.builder(developmentRoot)
        .clock(InstantSource.fixed(NOW))
        .region("eu-west-1")
        .build();
    byte[][] pcrs = {pcr(1), pcr(2), pcr(3)};
    document = SimulatedNsm.builder(chain)
        .measurements(pcrs[0], pcrs[1], pcrs[2])
        .roleArn(ROLE)
        .build()
        .attest(Optional.of(NONCE), Optional.of(new byte[] {7}), Optional.empty());
    file = write("document.cbor", document);
    root = write("root.pem", developmentRoot.certificate().pem().getBytes(StandardCharsets.UTF_8));
    pins = pins("pins.json", pcrs);
    otherPins = pins("other.json", pcr(1), pcr(2), pcr(4));
  }

  @Test
  void verifiesADocumentThatMeetsEveryDemand() {
    CommandLineRun run = verify(
        file,
        "--pcrs",
        otherPins,
        "--pcrs",
        pins,
        "--nonce",
        HexFormat.of().formatHex(NONCE),
        "--user-data",
        "07",
        "--region",
        "eu-west-1",
        "--role",
        ROLE,
        "--instance",
        chain.instanceId());
    assertEquals(0, run.status(), run.err() + run.out());
    assertTrue(run.out().startsWith("VERIFIED  " + file + "\n"), run.out());
    assertTrue(run.out().contains("SIMULATED: proves nothing about hardware"), run.out());
    assertTrue(run.out().contains("release     " + pins), run.out());
    assertEquals("", run.err());
  }

  @Test
  void answersOneJsonObjectALine() throws IOException {
    String garbage = write("garbage", "garbage!".getBytes(StandardCharsets.UTF_8));
    CommandLineRun run = verify(file, garbage, "--any-measurement", "--no-nonce", "--json");
    assertEquals(1, run.status());
    List<String> lines = run.out().lines().toList();
    assertEquals(2, lines.size());
    JsonNode verified = JsonMapper.builder().build().readTree(lines.get(0));
    assertEquals(file, verified.get("file").textValue());
    assertEquals("VERIFIED", verified.get("verdict").textValue());
    assertTrue(verified.get("simulated").booleanValue());
    JsonNode shown = verified.get("document");
    assertEquals(chain.moduleId(), shown.get("module_id").textValue());
    assertEquals(HexFormat.of().formatHex(NONCE), shown.get("nonce").textValue());
    assertEquals(HexFormat.of().formatHex(pcr(2)), shown.get("pcrs").get("1").textValue());
    assertEquals(4, shown.get("cabundle").size());
    assertTrue(shown.get("public_key").isNull());
    JsonNode rejected = JsonMapper.builder().build().readTree(lines.get(1));
    assertEquals("REJECTED", rejected.get("verdict").textValue());
    assertEquals("NOT_COSE_SIGN1", rejected.get("reason").textValue());
    assertTrue(rejected.get("document").isNull());
  }

  @Test
  void readsEveryEncodingPeoplePaste() throws IOException {
    String hex = HexFormat.of().formatHex(document);
    String base64 = Base64.getMimeEncoder().encodeToString(document);
    List<String> encodings = List.of(
        hex,
        "0x" + hex.toUpperCase(Locale.ROOT) + "\n",
        base64,
        Base64.getEncoder().encodeToString(document),
        Base64.getUrlEncoder().encodeToString(document) + "\n",
        Base64.getUrlEncoder().withoutPadding().encodeToString(document));
    for (String encoding : encodings) {
      String text = write("text", encoding.getBytes(StandardCharsets.US_ASCII));
      CommandLineRun run = verify(text, "--pcrs", pins, "--no-nonce");
      assertEquals(0, run.status(), run.out());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MEASUREMENT_MISMATCH|--pcrs OTHER --no-nonce",
        "NONCE_MISMATCH|--pcrs PINS --nonce 00",
        "USER_DATA_MISMATCH|--pcrs PINS --no-nonce --user-data 08",
        "PUBLIC_KEY_MISMATCH|--pcrs PINS --no-nonce --public-key 08",
        "REGION_MISMATCH|--pcrs PINS --no-nonce --region eu-west-2",
        "ROLE_MISMATCH|--pcrs PINS --no-nonce --role arn:aws:iam::123456789012:role/Other",
        "INSTANCE_ID_MISMATCH|--pcrs PINS --no-nonce --instance i-0123456789abcdef0",
        "ENCLAVE_MISMATCH|--pcrs PINS --no-nonce --module-id i-0123456789abcdef0-enc0",
        "SIGNING_CERTIFICATE_MISMATCH|--pcrs PINS --no-nonce --signing-certificate ROOT",
        "TOO_OLD|--pcrs PINS --no-nonce --max-age 59m --at 2026-11-23T11:00:00Z",
        "FUTURE_TIMESTAMP|--audit --pcrs PINS --at 2026-11-23T09:00:00Z",
        "UNTRUSTED_ROOT|--pcrs PINS --no-nonce --gov-cloud"
      })
  void saysWhyItRefuses(String line) {
    String[] parts = line.split("\\|");
    List<String> args = new ArrayList<>(List.of("attestation", "verify", file));
    for (String arg : parts[1].split(" ")) {
      args.add(arg.replace("PINS", pins).replace("OTHER", otherPins).replace("ROOT", root));
    }
    if (!args.contains("--at")) {
      args.addAll(List.of("--at", NOW.toString()));
    }
    if (!args.contains("--gov-cloud")) {
      args.addAll(List.of("--root", root));
    }
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(1, run.status(), run.err());
    assertTrue(run.out().startsWith("REJECTED  " + file), run.out());
    assertTrue(run.out().contains("reason      " + parts[0] + ": "), run.out());
    assertTrue(run.out().contains("to do       "), run.out());
  }

  @Test
  void judgesArchivedDocumentsAsOfTheirSigning() {
    List<String> args =
        List.of("attestation", "verify", file, "--pcrs", pins, "--root", root, "--at");
    List<String> late = concat(args, "2027-11-23T10:00:00Z");
    assertEquals(1, CommandLineRun.of(concat(late, "--no-nonce")).status());
    CommandLineRun audit = CommandLineRun.of(concat(late, "--audit"));
    assertEquals(0, audit.status(), audit.out());
    assertTrue(audit.out().contains("this says nothing about now"), audit.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "FILE",
        "FILE --no-nonce",
        "FILE --any-measurement",
        "FILE --any-measurement --pcrs PINS --no-nonce",
        "FILE --pcrs PINS --nonce 00 --no-nonce",
        "FILE --pcrs PINS --nonce xyz",
        "FILE --pcrs PINS --nonce",
        "FILE --pcrs PINS --no-nonce --at yesterday",
        "FILE --pcrs PINS --no-nonce --max-age soon",
        "FILE --pcrs PINS --no-nonce --max-age=-PT1S",
        "FILE --pcrs PINS --audit --max-age 5m",
        "FILE --pcrs PINS --no-nonce --role arn:aws:sts::123456789012:assumed-role/r/s",
        "FILE --pcrs PINS --no-nonce --instance vm-1",
        "FILE --pcrs PINS --no-nonce --root PINS",
        "FILE --pcrs PINS --no-nonce --root MISSING",
        "FILE --pcrs PINS --no-nonce --root FILE --gov-cloud",
        "FILE --pcrs FILE --no-nonce",
        "FILE --pcrs MISSING --no-nonce",
        "FILE MISSING --pcrs PINS --no-nonce",
        "FILE NUL --pcrs PINS --no-nonce",
        "FILE --pcrs PINS --no-nonce --unknown"
      })
  void endsWithTwoAndAHintWhenItCannotJudge(String line) {
    List<String> args = new ArrayList<>(List.of("attestation", "verify"));
    for (String arg : line.isEmpty() ? new String[0] : line.split(" ")) {
      args.add(arg.replace("FILE", file)
          .replace("PINS", pins)
          .replace("NUL", "a name that no file can have: \0")
          .replace("MISSING", directory.resolve("missing").toString()));
    }
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(2, run.status(), run.out());
    assertEquals("", run.out(), "nothing but answers on standard output");
    assertFalse(run.err().isBlank());
    assertFalse(run.err().contains("\tat "), run.err());
    assertFalse(run.err().contains("unexpected"), run.err());
  }

  @Test
  void verifiesRealDocumentsOfTheSharedData() throws IOException {
    Path documents = Requirement.shared("attestation/documents");
    String real = documents.resolve("dstack-03.cbor").toString();
    String debug = documents.resolve("world-chain-01.cbor").toString();
    String tampered = documents.resolve("rust-sgx-01.cbor").toString();
    String[] audit = {"attestation", "verify", "--audit", "--any-measurement"};
    assertEquals(0, CommandLineRun.of(concat(List.of(audit), real)).status());
    assertEquals(1, CommandLineRun.of(concat(List.of(audit), debug)).status());
    assertEquals(
        0, CommandLineRun.of(concat(List.of(audit), debug, "--allow-debug")).status());
    assertEquals(1, CommandLineRun.of(concat(List.of(audit), real, tampered)).status());
    CommandLineRun live = CommandLineRun.of(
        "attestation",
        "verify",
        real,
        "--any-measurement",
        "--no-nonce",
        "--at",
        "2025-12-25T13:15:40Z");
    assertEquals(0, live.status(), live.out());
  }

  @Test
  void showsADocumentWithoutBelievingIt() throws IOException {
    CommandLineRun shown = CommandLineRun.of("attestation", "show", file);
    assertEquals(0, shown.status());
    assertTrue(shown.out().startsWith("UNVERIFIED  " + file), shown.out());
    JsonNode json = JsonMapper.builder()
        .build()
        .readTree(CommandLineRun.of("attestation", "show", file, "--json").out());
    assertEquals("UNVERIFIED", json.get("verdict").textValue());
    assertEquals(chain.moduleId(), json.get("document").get("module_id").textValue());
    byte[] cut = Arrays.copyOf(document, document.length - 1);
    CommandLineRun refused = CommandLineRun.of("attestation", "show", write("cut.cbor", cut));
    assertEquals(1, refused.status());
    assertTrue(refused.out().contains("MALFORMED_CBOR"), refused.out());
  }

  @Test
  void whatADocumentSaysForgesNoLine() throws IOException {
    String forging = "x\nVERIFIED  other\u001b[2J\u009b1A\u202e";
    byte[] forged = DocumentBuilder.of(chain).moduleId(forging).build();
    CommandLineRun shown = CommandLineRun.of("attestation", "show", write("forged.cbor", forged));
    assertEquals(0, shown.status());
    assertTrue(shown.out().contains("module_id   x?VERIFIED  other?[2J?1A?\n"), shown.out());
  }

  @Test
  void saysOfADebugEnclaveThatItIsOne() throws IOException {
    byte[] debug = DocumentBuilder.of(chain).pcr(1, Pcrs.zero()).build();
    String debugFile = write("debug.cbor", debug);
    List<String> accept = List.of("--any-measurement", "--no-nonce", "--allow-debug");
    String shown = verify(concat(accept, debugFile).toArray(String[]::new)).out();
    assertTrue(shown.startsWith("VERIFIED") && shown.contains("DEBUG MODE"), shown);
    String json =
        verify(concat(accept, debugFile, "--json").toArray(String[]::new)).out();
    assertTrue(json.contains("\"debug\":true"), json);
    assertFalse(verify(concat(accept, file).toArray(String[]::new)).out().contains("DEBUG MODE"));
  }

  @Test
  void answersForEveryFileGivenEvenTwice() {
    CommandLineRun run = verify(file, file, "--any-measurement", "--no-nonce", "--json");
    assertEquals(2, run.out().lines().count());
  }

  private static CommandLineRun verify(String... args) {
    return CommandLineRun.of(
        concat(List.of("attestation", "verify", "--root", root, "--at", NOW.toString()), args));
  }

  private static List<String> concat(List<String> first, String... more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(Arrays.asList(more));
    return all;
  }

  private static byte[] pcr(int seed) {
    byte[] value = new byte[48];
    Arrays.fill(value, (byte) seed);
    return Pcrs.extend(Pcrs.zero(), value);
  }

  private static String pins(String name, byte[]... pcrs) throws IOException {
    HexFormat hex = HexFormat.of();
    String json = "{\"Measurements\": {\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}}"
        .formatted(hex.formatHex(pcrs[0]), hex.formatHex(pcrs[1]), hex.formatHex(pcrs[2]));
    return write(name, json.getBytes(StandardCharsets.UTF_8));
  }

  private static String write(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content).toString();
  }
}
