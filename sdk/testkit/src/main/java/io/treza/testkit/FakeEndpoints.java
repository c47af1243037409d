package io.treza.testkit;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The three ways in which a {@link FakeEnclave} is asked for evidence, and what each answers. */
final class FakeEndpoints {
  private static final Pattern NONCE = Pattern.compile("nonce=((?:[0-9a-f]{2}){1,1024})");
  private static final int NITRIDING_NONCE = 20;

  /** A multihash of SHA-256: code 0x12, length 0x20. */
  private static final byte[] SHA256_MULTIHASH = {0x12, 0x20};

  private static final Answer BAD_NONCE = new Answer(
      400, "text/plain", "nonce is missing or malformed".getBytes(StandardCharsets.US_ASCII));

  private final TlsIdentity tls;
  private final FakeEvidence evidence;
  private final FakeEnclave.Binding binding;

  FakeEndpoints(TlsIdentity tls, FakeEvidence evidence, FakeEnclave.Binding binding) {
    this.tls = tls;
    this.evidence = evidence;
    this.binding = binding;
  }

  /** An HTTP answer. */
  record Answer(int status, String contentType, byte[] body) {}

  static boolean isEvidence(URI target) {
    return switch (target.getPath()) {
      case "/attestation", "/enclave/attestation", "/.well-known/attestation" -> true;
      default -> false;
    };
  }

  Answer answer(URI target, Optional<Fault> fault) {
    if (fault.equals(Optional.of(Fault.NO_EVIDENCE))) {
      return new Answer(404, "text/plain", new byte[0]);
    }
    Optional<byte[]> nonce = nonce(target);
    // Whose key the document speaks of: the connection's, or that of an honest enclave elsewhere.
    TlsIdentity speaksOf =
        fault.equals(Optional.of(Fault.OTHER_KEY)) ? TlsIdentity.create(evidence.now()) : tls;
    return switch (target.getPath()) {
      case "/attestation" ->
        nonce
            .map(n -> document(Optional.of(n), boundAsConfigured(speaksOf), fault))
            .map(d -> new Answer(200, "application/cbor", d))
            .orElse(BAD_NONCE);
      case "/enclave/attestation" ->
        nonce
            .filter(n -> n.length == NITRIDING_NONCE)
            .map(n -> document(Optional.of(n), userData(nitriding(speaksOf)), fault))
            .map(d -> new Answer(200, "text/plain; charset=utf-8", bytes(base64(d) + "\n")))
            .orElse(BAD_NONCE);
      default -> {
        byte[] document = document(Optional.empty(), userData(speaksOf.publicKeyInfo()), fault);
        String json = "{\"attestation_doc\":\"" + base64(document) + "\"}";
        yield new Answer(200, "application/json", bytes(json));
      }
    };
  }

  /** Where a document has the key. */
  private record Bound(Optional<byte[]> userData, Optional<byte[]> publicKey) {}

  private Bound boundAsConfigured(TlsIdentity identity) {
    byte[] key = identity.publicKeyInfo();
    return switch (binding) {
      case USER_DATA_SHA256 -> userData(digest("SHA-256", key));
      case USER_DATA_SHA384 -> userData(digest("SHA-384", key));
      case PUBLIC_KEY -> new Bound(Optional.empty(), Optional.of(key));
    };
  }

  private static Bound userData(byte[] value) {
    return new Bound(Optional.of(value), Optional.empty());
  }

  /** The certificate's hash, then that of the application's key, which is zero until it is set. */
  private static byte[] nitriding(TlsIdentity identity) {
    return Cbor.concat(
        SHA256_MULTIHASH,
        digest("SHA-256", identity.certificate()),
        SHA256_MULTIHASH,
        new byte[32]);
  }

  private byte[] document(Optional<byte[]> nonce, Bound bound, Optional<Fault> fault) {
    FakeEvidence.Claims claims =
        new FakeEvidence.Claims(nonce, bound.userData(), bound.publicKey());
    if (fault.isEmpty()) {
      return evidence.genuine(claims);
    }
    return evidence.faulty(
        fault.get(),
        switch (fault.get()) {
          case NO_KEY -> new FakeEvidence.Claims(nonce, Optional.empty(), Optional.empty());
          case OTHER_NONCE ->
            new FakeEvidence.Claims(
                Optional.of(digest("SHA-256", nonce.orElseGet(() -> new byte[0]))),
                bound.userData(),
                bound.publicKey());
          default -> claims;
        });
  }

  private static Optional<byte[]> nonce(URI target) {
    Matcher nonce = NONCE.matcher(Optional.ofNullable(target.getRawQuery()).orElse(""));
    return nonce.matches()
        ? Optional.of(HexFormat.of().parseHex(nonce.group(1)))
        : Optional.empty();
  }

  private static byte[] digest(String algorithm, byte[] data) {
    try {
      return MessageDigest.getInstance(algorithm).digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no " + algorithm, e);
    }
  }

  private static String base64(byte[] document) {
    return Base64.getEncoder().encodeToString(document);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
