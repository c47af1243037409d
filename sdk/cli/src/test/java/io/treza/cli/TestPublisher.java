package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Somebody who publishes reference values of the application "payments" with the command. */
final class TestPublisher {
  private final Path values;
  private final String image;
  private final Path key;
  private final Path publicKey;
  private int published;

  /** A publisher with a new key, whose values are in a file that is not there yet. */
  TestPublisher(Path values, String image) throws IOException {
    this.values = values;
    this.image = image;
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      key = write(".key", "PRIVATE KEY", pair.getPrivate().getEncoded());
      publicKey = write(".pub", "PUBLIC KEY", pair.getPublic().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path write(String suffix, String type, byte[] der) throws IOException {
    return Files.writeString(
        values.resolveSibling(values.getFileName() + suffix),
        "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END " + type + "-----\n");
  }

  String publicKey() {
    return publicKey.toString();
  }

  /** Adds a release whose PCR0 consists of one digit, and returns the signed file. */
  Path publish(String release, char digit, String... more) throws IOException {
    return publish(
        release,
        "{\"PCR0\":\"%s\",\"PCR1\":\"%s\",\"PCR2\":\"%s\"}"
            .formatted(String.valueOf(digit).repeat(96), "b".repeat(96), "c".repeat(96)),
        more);
  }

  /** Adds a release of what a build printed, and returns the signed file. */
  Path publish(String release, String measurements, String... more) throws IOException {
    Path printed = Files.writeString(values.resolveSibling("printed.json"), measurements);
    succeeds(words(
        "pcrs",
        "publish",
        values.toString(),
        "--application",
        "payments",
        "--release",
        release,
        "--measurements",
        printed.toString(),
        "--image",
        image,
        more));
    published++;
    Path signed = values.resolveSibling(values.getFileName() + "." + published);
    succeeds(words(
        "pcrs",
        "sign",
        values.toString(),
        "--private-key",
        key.toString(),
        "-o",
        signed.toString()));
    return signed;
  }

  private static void succeeds(List<String> words) {
    CommandLineRun run = CommandLineRun.of(words);
    assertEquals(0, run.status(), run.err() + run.out());
  }

  /** A command line of texts and arrays of texts. */
  static List<String> words(Object... parts) {
    List<String> words = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof String[] several) {
        words.addAll(List.of(several));
      } else {
        words.add(part.toString());
      }
    }
    return words;
  }
}
