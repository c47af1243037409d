package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
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

/** {@code treza eif sign} with a key in a PKCS#12 file that the JDK's keytool made. */
class KeyStoreSigningTest {
  private static final String PASSWORD = "hunter2hunter2";

  @TempDir
  Path dir;

  private Path eif;

  @BeforeEach
  void copy() throws IOException {
    Path golden = Requirement.shared("eif/golden/g1-x86-unsigned.eif");
    eif = Files.copy(golden, dir.resolve("a.eif"));
    eif.toFile().setWritable(true);
  }

  /** Makes a key, and its certificate in PEM. */
  private void keytool(String key) throws Exception {
    run(
        0,
        "keytool",
        "-genkeypair -alias eif -dname CN=eif -keystore keys.p12 -storetype PKCS12 -storepass "
            + PASSWORD + " " + key);
    run(
        0,
        "keytool",
        "-exportcert -rfc -alias eif -file cert.pem -keystore keys.p12 -storepass " + PASSWORD);
  }

  private String run(int status, String program, String arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", program).toString());
    command.addAll(Arrays.asList(arguments.split(" ")));
    ProcessBuilder process = new ProcessBuilder(command)
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("said").toFile());
    process.environment().put("TREZA_KEYSTORE_PASSWORD", PASSWORD);
    int actual = process.start().waitFor();
    String said = Files.readString(dir.resolve("said"), UTF_8);
    assertEquals(status, actual, said);
    return said;
  }

  private CommandLineRun sign(String alias, String... more) {
    List<String> args = new ArrayList<>(List.of(
        "eif",
        "sign",
        eif.toString(),
        "--key-store",
        dir.resolve("keys.p12").toString(),
        "--key-alias",
        alias,
        "--signing-certificate",
        dir.resolve("cert.pem").toString()));
    args.addAll(List.of(more));
    return CommandLineRun.of(args);
  }

  @ParameterizedTest
  @CsvSource({"secp256r1, SHA256withECDSA", "secp384r1, SHA384withECDSA"})
  void keyOfAFileSigns(String curve, String algorithm) throws Exception {
    keytool("-keyalg EC -groupname " + curve + " -sigalg " + algorithm);
    String said = run(
        0,
        "java",
        "-cp " + System.getProperty("java.class.path") + " io.treza.cli.Treza eif sign a.eif"
            + " --key-store keys.p12 --key-alias eif --signing-certificate cert.pem");
    CommandLineRun described = CommandLineRun.of("eif", "describe", eif.toString());
    assertEquals(0, described.status(), described.err());
    assertTrue(described.out().contains("\"SignatureCheck\": true"), described.out());
    CommandLineRun pcr8 = CommandLineRun.of(
        "eif", "pcr", "--signing-certificate", dir.resolve("cert.pem").toString());
    String hex = pcr8.out().replaceAll("(?s).*\"([0-9a-f]{96})\".*", "$1");
    assertTrue(said.contains("\"PCR8\": \"" + hex + "\""), said);
  }

  @Test
  void whatDoesNotFitIsNamedAndTheFileStaysAsItWas() throws Exception {
    byte[] before = Files.readAllBytes(eif);
    keytool("-keyalg EC -groupname secp384r1");
    assertRefused(sign("eif"), "an empty password; set TREZA_KEYSTORE_PASSWORD");
    assertRefused(
        sign("eif", "--key-store-password", "wrong"), "the password in TREZA_KEYSTORE_PASSWORD");
    assertRefused(
        sign("other", "--key-store-password", PASSWORD), "no private key with a certificate under");
    Files.writeString(dir.resolve("keys.p12"), "no key store");
    assertRefused(sign("eif", "--key-store-password", PASSWORD), "keys.p12: no key store");
    Files.delete(dir.resolve("keys.p12"));
    assertRefused(sign("eif", "--key-store-password", PASSWORD), "keys.p12 does not exist");
    assertArrayEquals(before, Files.readAllBytes(eif));
  }

  @Test
  void keyOfAKindThatEnclavesDoNotTakeIsRefused() throws Exception {
    keytool("-keyalg RSA -keysize 2048");
    assertRefused(sign("eif", "--key-store-password", PASSWORD), "is not on P-256, P-384, P-521");
  }

  private static void assertRefused(CommandLineRun run, String message) {
    assertEquals(2, run.status(), run.out());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }
}
