package io.treza.sigstore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sigstore.rekor.client.RekorEntry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Checks that a log entry is about this content, this signature and this signer (Rekor, types {@code
 * hashedrekord}, {@code dsse} and {@code intoto}): otherwise a genuine entry of something else could
 * stand in.
 */
final class LogMatchStep {
  private final BundleDocument.Content content;
  private final byte[] signer;
  private final Optional<ArtifactDigest> artifact;

  /** What entries must be about; {@code signer} is a certificate or public key in DER. */
  LogMatchStep(BundleDocument.Content content, byte[] signer, Optional<ArtifactDigest> artifact) {
    this.content = content;
    this.signer = signer;
    this.artifact = artifact;
  }

  void check(RekorEntry entry) throws Refused {
    JsonNode body = StrictJson.parse(base64(entry.getBody(), "canonicalizedBody"));
    String kind = body.path("kind").asText() + " " + body.path("apiVersion").asText();
    JsonNode spec = body.path("spec");
    switch (kind) {
      case "hashedrekord 0.0.1" -> {
        requireDigest(spec.at("/data/hash/algorithm"), hex(spec.at("/data/hash/value")), signed());
        requireSignature(spec.at("/signature/content"));
        requireSigner(pem(spec.at("/signature/publicKey/content")));
      }
      case "hashedrekord 0.0.2" -> {
        JsonNode record = spec.path("hashedRekordV002");
        requireDigest(record.at("/data/algorithm"), base64(record.at("/data/digest")), signed());
        requireSignature(record.at("/signature/content"));
        requireSigner(verifier(record.at("/signature/verifier")));
      }
      case "dsse 0.0.1" -> {
        requireDigest(
            spec.at("/payloadHash/algorithm"), hex(spec.at("/payloadHash/value")), payload());
        JsonNode signature = only(spec.path("signatures"));
        requireSignature(signature.path("signature"));
        requireSigner(pem(signature.path("verifier")));
      }
      case "dsse 0.0.2" -> {
        JsonNode record = spec.path("dsseV002");
        requireDigest(
            record.at("/payloadHash/algorithm"),
            base64(record.at("/payloadHash/digest")),
            payload());
        JsonNode signature = only(record.path("signatures"));
        requireSignature(signature.path("content"));
        requireSigner(verifier(signature.path("verifier")));
      }
      case "intoto 0.0.2" -> {
        requireDigest(
            spec.at("/content/payloadHash/algorithm"),
            hex(spec.at("/content/payloadHash/value")),
            payload());
        JsonNode signature = only(spec.at("/content/envelope/signatures"));
        // The envelope's own text, encoded once more.
        requireSignature(
            base64(new String(base64(signature.path("sig")), StandardCharsets.US_ASCII), "sig"));
        requireSigner(pem(signature.path("publicKey")));
      }
      default ->
        throw new Refused(BundleReason.LOG_MISMATCH, "a log entry of the unknown kind " + kind);
    }
  }

  /** What a signature is made over, as the logs hash it. */
  private Digested signed() {
    if (content instanceof BundleDocument.Statement statement) {
      return Digested.of(statement.preAuthenticationEncoding());
    }
    return algorithm -> artifact
        .filter(a -> a.algorithm().equals(algorithm))
        .map(ArtifactDigest::bytes)
        .orElse(new byte[0]);
  }

  private Digested payload() throws Refused {
    if (content instanceof BundleDocument.Statement statement) {
      return Digested.of(statement.payload());
    }
    throw mismatch("it is about a statement");
  }

  /** Bytes of which the digest by one of in-toto's algorithms is wanted. */
  private interface Digested {
    byte[] by(String algorithm);

    static Digested of(byte[] bytes) {
      Map<String, String> names =
          Map.of("sha256", "SHA-256", "sha384", "SHA-384", "sha512", "SHA-512");
      return algorithm -> {
        try {
          String name = names.get(algorithm);
          return name == null ? new byte[0] : MessageDigest.getInstance(name).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
          throw new IllegalStateException("every JDK this builds with has SHA-2", e);
        }
      };
    }
  }

  private static void requireDigest(JsonNode algorithm, byte[] stated, Digested content)
      throws Refused {
    String name = algorithm.asText().replace("SHA2_", "sha");
    if (stated.length == 0 || !MessageDigest.isEqual(stated, content.by(name))) {
      throw mismatch("it is about other content, " + name + ":" + HexFormat.of().formatHex(stated));
    }
  }

  private void requireSignature(JsonNode stated) throws Refused {
    requireSignature(base64(stated));
  }

  private void requireSignature(byte[] stated) throws Refused {
    if (!Arrays.equals(stated, content.signature())) {
      throw mismatch("it is about another signature");
    }
  }

  private void requireSigner(byte[] stated) throws Refused {
    if (!Arrays.equals(stated, signer)) {
      throw mismatch("it is about another certificate or key");
    }
  }

  private static JsonNode only(JsonNode list) throws Refused {
    if (list.size() != 1) {
      throw mismatch("it has " + list.size() + " signatures, not one");
    }
    return list.path(0);
  }

  private static byte[] verifier(JsonNode verifier) throws Refused {
    JsonNode certificate = verifier.at("/x509Certificate/rawBytes");
    return base64(certificate.isTextual() ? certificate : verifier.at("/publicKey/rawBytes"));
  }

  /** The DER inside a PEM block that is itself in base 64. */
  private static byte[] pem(JsonNode node) throws Refused {
    String text = new String(base64(node), StandardCharsets.US_ASCII);
    return base64(text.replaceAll("-----[A-Z ]+-----|\\s", ""), "PEM");
  }

  private static byte[] hex(JsonNode node) throws Refused {
    try {
      return HexFormat.of().parseHex(node.asText());
    } catch (IllegalArgumentException e) {
      throw new Refused(BundleReason.LOG_MISMATCH, "a digest that is not hex", e);
    }
  }

  private static byte[] base64(JsonNode node) throws Refused {
    return base64(node.asText(), "a member of the log entry");
  }

  private static byte[] base64(String text, String what) throws Refused {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new Refused(BundleReason.LOG_MISMATCH, what + " is not base 64", e);
    }
  }

  private static Refused mismatch(String what) {
    return new Refused(BundleReason.LOG_MISMATCH, "the log entry does not fit: " + what);
  }
}
