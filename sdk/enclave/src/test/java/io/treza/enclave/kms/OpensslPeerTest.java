package io.treza.enclave.kms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What OpenSSL encrypts in KMS's form is opened, and OpenSSL opens what the tests encrypt. */
class OpensslPeerTest {
  private static final byte[] SECRET = "of OpenSSL".getBytes(UTF_8);
  private static final List<String> KMS_FORM = List.of(
      "-aes256",
      "-keyopt",
      "rsa_padding_mode:oaep",
      "-keyopt",
      "rsa_oaep_md:sha256",
      "-keyopt",
      "rsa_mgf1_md:sha256");

  @TempDir
  Path directory;

  @Test
  void whatOpensslEncryptsIsOpened() throws Exception {
    KmsRecipient recipient =
        KmsRecipient.create((nonce, key) -> new byte[0], RecipientKeySize.RSA_2048);
    certificate(recipient.publicKey());
    for (String form : List.of("-binary", "-stream")) {
      assertArrayEquals(SECRET, recipient.open(encrypted(form, KMS_FORM)));
    }
  }

  @Test
  void otherFormsOfOpensslAreRefused() throws Exception {
    KmsRecipient recipient =
        KmsRecipient.create((nonce, key) -> new byte[0], RecipientKeySize.RSA_2048);
    certificate(recipient.publicKey());
    List<String> aes128 = new ArrayList<>(KMS_FORM);
    aes128.set(0, "-aes128");
    List<String> maskSha1 = new ArrayList<>(KMS_FORM);
    maskSha1.set(6, "rsa_mgf1_md:sha1");
    for (List<String> form :
        List.of(aes128, maskSha1, List.of("-aes256"), KMS_FORM.subList(0, 3))) {
      byte[] answer = encrypted("-binary", form);
      assertThrows(RecipientException.class, () -> recipient.open(answer), form::toString);
    }
  }

  @Test
  void opensslOpensTheTestsEnvelopes() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    Path key = directory.resolve("key.pem");
    Files.writeString(key, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    for (boolean inPieces : new boolean[] {true, false}) {
      TestEnvelope envelope = new TestEnvelope(keys.getPublic().getEncoded(), SECRET);
      envelope.inPieces = inPieces;
      Path file = Files.write(directory.resolve("answer.ber"), envelope.build());
      Path out = directory.resolve("plaintext");
      openssl(
          "cms",
          "-decrypt",
          "-binary",
          "-inform",
          "DER",
          "-in",
          file.toString(),
          "-inkey",
          key.toString(),
          "-out",
          out.toString());
      assertArrayEquals(SECRET, Files.readAllBytes(out));
    }
  }

  /** With the key identifier that it is then named by; a throw-away authority signs it. */
  private void certificate(byte[] publicKey) throws IOException, InterruptedException {
    Path key = Files.writeString(directory.resolve("public.pem"), pem("PUBLIC KEY", publicKey));
    Path authority = directory.resolve("authority.pem");
    openssl(
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        authority.toString());
    Path request = directory.resolve("request.pem");
    openssl(
        "req",
        "-new",
        "-key",
        authority.toString(),
        "-subj",
        "/CN=recipient",
        "-out",
        request.toString());
    Path extensions = Files.writeString(
        directory.resolve("extensions"), "subjectKeyIdentifier=" + "ab".repeat(32));
    openssl(
        "x509",
        "-req",
        "-in",
        request.toString(),
        "-signkey",
        authority.toString(),
        "-force_pubkey",
        key.toString(),
        "-extfile",
        extensions.toString(),
        "-out",
        directory.resolve("certificate.pem").toString());
  }

  private byte[] encrypted(String form, List<String> options)
      throws IOException, InterruptedException {
    Path in = Files.write(directory.resolve("secret"), SECRET);
    Path out = directory.resolve("encrypted");
    List<String> command = new ArrayList<>(List.of(
        "cms",
        "-encrypt",
        "-binary",
        "-keyid",
        form,
        "-outform",
        "DER",
        "-in",
        in.toString(),
        "-out",
        out.toString(),
        "-recip",
        directory.resolve("certificate.pem").toString()));
    command.addAll(options);
    openssl(command.toArray(String[]::new));
    return Files.readAllBytes(out);
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN " + label + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END " + label + "-----\n";
  }

  private void openssl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Path log = directory.resolve("openssl.log");
    Process process;
    try {
      process = new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      Requirement.require(false, "openssl is not here");
      throw e;
    }
    assertEquals(0, process.waitFor(), () -> command + ": " + text(log));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
