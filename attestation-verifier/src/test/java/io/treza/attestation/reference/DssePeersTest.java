package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.reference.Signer.Algorithm;
import io.treza.testsupport.Requirement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Envelopes are the same to others: OpenSSL and node check ours, and we check OpenSSL's. */
class DssePeersTest {
  /** Checks an envelope with nothing but what node has: says "true" or "false". */
  private static final String NODE_PROGRAM = """
      const fs = require('fs'), crypto = require('crypto');
      const [file, pem, hash] = process.argv.slice(1);
      const e = JSON.parse(fs.readFileSync(file));
      const body = Buffer.from(e.payload, 'base64');
      const type = Buffer.from(e.payloadType);
      const head = `DSSEv1 ${type.length} ${type} ${body.length} `;
      const pae = Buffer.concat([Buffer.from(head), body]);
      const sig = Buffer.from(e.signatures[0].sig, 'base64');
      const key = crypto.createPublicKey(fs.readFileSync(pem));
      console.log(crypto.verify(hash === 'none' ? null : hash, pae, key, sig));
      """;

  @TempDir
  Path directory;

  @ParameterizedTest
  @EnumSource
  void nodeAcceptsOurs(Algorithm algorithm) throws Exception {
    Requirement.require(succeeds("node", "--version"), "node is not here");
    TestKey key = TestKey.create(algorithm);
    Path envelope = write("envelope.json", Samples.complete().sign(key));
    Path pem = write("key.pem", Samples.utf8(key.publicPem()));
    Path otherPem = write("other.pem", Samples.utf8(TestKey.create(algorithm).publicPem()));
    for (Path trusted : List.of(pem, otherPem)) {
      assertEquals(
          trusted.equals(pem) ? "true\n" : "false\n",
          output("node", "-e", NODE_PROGRAM, envelope.toString(), trusted.toString(), hash(algorithm)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void opensslAcceptsOurs(Algorithm algorithm) throws Exception {
    Requirement.require(succeeds("openssl", "version"), "openssl is not here");
    TestKey key = TestKey.create(algorithm);
    JsonNode envelope = JsonMapper.builder().build().readTree(Samples.complete().sign(key));
    Path message = write("message", encoded(envelope.get("payload").binaryValue()));
    Path signature = write(
        "signature",
        Base64.getDecoder().decode(envelope.get("signatures").get(0).get("sig").textValue()));
    Path pem = write("key.pem", Samples.utf8(key.publicPem()));
    List<String> command = new ArrayList<>(algorithm == Algorithm.ED25519
        ? List.of("openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", pem.toString(),
            "-sigfile", signature.toString(), "-in", message.toString())
        : List.of("openssl", "dgst", "-" + hash(algorithm), "-verify", pem.toString(),
            "-signature", signature.toString(), message.toString()));
    assertEquals(0, run(command), () -> command.toString());
    Files.write(message, new byte[] {0}, StandardOpenOption.APPEND);
    assertEquals(1, run(command), () -> command.toString());
  }

  @ParameterizedTest
  @EnumSource
  void weAcceptOpenssls(Algorithm algorithm) throws Exception {
    Requirement.require(succeeds("openssl", "version"), "openssl is not here");
    TestKey key = TestKey.create(algorithm);
    byte[] payload = Samples.complete().toStatement();
    Path message = write("message", encoded(payload));
    Path signature = directory.resolve("signature");
    Path secret = write("secret.pem", Samples.utf8("-----BEGIN PRIVATE KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(key.pair().getPrivate().getEncoded())
        + "\n-----END PRIVATE KEY-----\n"));
    assertEquals(0, run(algorithm == Algorithm.ED25519
        ? List.of("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", secret.toString(),
            "-out", signature.toString(), "-in", message.toString())
        : List.of("openssl", "dgst", "-" + hash(algorithm), "-sign", secret.toString(),
            "-out", signature.toString(), message.toString())));
    byte[] envelope = Samples.utf8("""
        {"payloadType":"application/vnd.in-toto+json","payload":"%s","signatures":[{"sig":"%s"}]}"""
        .formatted(
            Base64.getEncoder().encodeToString(payload),
            Base64.getEncoder().encodeToString(Files.readAllBytes(signature))));
    VerifiedStatement statement =
        TrustedKeys.ofPem(Samples.utf8(key.publicPem())).verify(envelope);
    assertEquals(Samples.text(payload), Samples.text(statement.payload()));
  }

  /** Written out here, so that it does not depend on what is tested. */
  private static byte[] encoded(byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Samples.utf8(
        "DSSEv1 28 application/vnd.in-toto+json " + payload.length + " "));
    out.writeBytes(payload);
    return out.toByteArray();
  }

  private static String hash(Algorithm algorithm) {
    return switch (algorithm) {
      case ES256 -> "sha256";
      case ES384 -> "sha384";
      case ES512 -> "sha512";
      case ED25519 -> "none";
    };
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return run(Arrays.asList(command)) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static String output(String... command) throws IOException {
    Process process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
