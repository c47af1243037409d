package io.treza.sdk;

import java.net.ProtocolException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How a workload is asked for evidence over HTTP: the path with the nonce in it, how long the nonce
 * is, and how the documents bind the workload's TLS key. Immutable.
 *
 * <p>Every protocol is a {@code GET}, answered with the document as {@code application/cbor} or
 * {@code application/octet-stream}, in base64 as {@code text/plain}, or as the member {@code
 * attestation_doc}, in base64, of {@code application/json}.
 */
public final class EvidenceProtocol {
  /** A larger answer is no document: twice one with every field at its longest, in base64. */
  public static final int MAX_ANSWER_BYTES = 64 * 1024;

  /** What to send as {@code Accept}. */
  public static final String ACCEPT =
      "application/cbor, application/octet-stream, application/json, text/plain";

  private static final int DEFAULT_NONCE_BYTES = 32;
  private static final String HEX = "{nonce}";
  private static final String BASE64URL = "{nonce:base64url}";
  private static final String ENCLAVE_ID = "{enclaveId}";
  private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

  private final String template;
  private final int nonceBytes;
  private final KeyBinding keyBinding;

  private EvidenceProtocol(String template, int nonceBytes, KeyBinding keyBinding) {
    this.template = template;
    this.nonceBytes = nonceBytes;
    this.keyBinding = keyBinding;
  }

  /**
   * As nitriding's daemon answers: {@code GET /enclave/attestation?nonce=<40 hex digits>}, bound by
   * {@link KeyBinding#NITRIDING}.
   */
  public static EvidenceProtocol nitriding() {
    return new EvidenceProtocol("/enclave/attestation?nonce=" + HEX, 20, KeyBinding.NITRIDING);
  }

  /**
   * As Evervault's enclaves answer: {@code GET /.well-known/attestation}, bound by {@link
   * KeyBinding#SPKI}. It takes no nonce: a document is as old as the verifier's maximum age allows,
   * so it is worth something only for a connection that it binds.
   */
  public static EvidenceProtocol evervault() {
    return new EvidenceProtocol("/.well-known/attestation", 0, KeyBinding.SPKI);
  }

  /**
   * Any other path, with a nonce of 32 bytes.
   *
   * @param template an absolute path, perhaps with a query, in which {@code {nonce}} stands for the
   *     nonce in lower-case hex or {@code {nonce:base64url}} for it in base64url without padding,
   *     and {@code {enclaveId}} for the enclave's id; for example {@code
   *     /attestation?nonce={nonce}}
   * @throws IllegalArgumentException if it is none, or has no place for the nonce
   */
  public static EvidenceProtocol template(String template, KeyBinding keyBinding) {
    if (!template.contains(HEX) && !template.contains(BASE64URL)) {
      throw new IllegalArgumentException(
          "the template needs " + HEX + " or " + BASE64URL + ": \"" + template + "\"");
    }
    EvidenceProtocol protocol = new EvidenceProtocol(template, DEFAULT_NONCE_BYTES, keyBinding);
    String sample = protocol.expanded("id", new byte[DEFAULT_NONCE_BYTES]);
    if (!sample.startsWith("/") || sample.startsWith("//") || sample.contains("#")) {
      throw new IllegalArgumentException(
          "the template must be an absolute path like /attestation?nonce=" + HEX + ", not \""
              + template + "\"");
    }
    // Braces that are left are no URI either.
    URI.create(sample);
    return protocol;
  }

  /** How long a nonce it takes, in bytes; 0 if it takes none. */
  public int nonceBytes() {
    return nonceBytes;
  }

  /** How its documents bind the workload's TLS key. */
  public KeyBinding keyBinding() {
    return keyBinding;
  }

  /**
   * Where to ask.
   *
   * @param workload scheme, host and port; nothing else of it is used
   * @param enclaveId for protocols that name the enclave
   * @param nonce {@link #nonceBytes} bytes
   * @throws IllegalArgumentException if the nonce has another length or the id cannot stand in an
   *     address
   */
  public URI address(URI workload, String enclaveId, byte[] nonce) {
    if (nonce.length != nonceBytes) {
      throw new IllegalArgumentException(
          "this protocol takes a nonce of " + nonceBytes + " bytes, not " + nonce.length);
    }
    // As a whole segment, dots would be resolved away (RFC 3986, section 5.2.4).
    if (template.contains(ENCLAVE_ID) && enclaveId.matches("\\.{0,2}")) {
      throw new IllegalArgumentException("not an enclave id: \"" + enclaveId + "\"");
    }
    return workload.resolve(expanded(enclaveId, nonce));
  }

  private String expanded(String enclaveId, byte[] nonce) {
    String id = URLEncoder.encode(enclaveId, StandardCharsets.UTF_8).replace("+", "%20");
    return template
        .replace(BASE64URL, Base64.getUrlEncoder().withoutPadding().encodeToString(nonce))
        .replace(HEX, HexFormat.of().formatHex(nonce))
        .replace(ENCLAVE_ID, id);
  }

  /**
   * The document in an answer with status 200.
   *
   * @param contentType the header's value; empty if there was none
   * @param body at most {@link #MAX_ANSWER_BYTES}
   * @return COSE_Sign1 bytes, unless the workload lies
   * @throws ProtocolException if the answer has none of the forms above
   */
  public byte[] document(String contentType, byte[] body) throws ProtocolException {
    if (body.length > MAX_ANSWER_BYTES) {
      throw new ProtocolException("the answer is longer than " + MAX_ANSWER_BYTES + " bytes");
    }
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "application/cbor", "application/octet-stream" -> body.clone();
      case "text/plain" -> decoded(new String(body, StandardCharsets.US_ASCII));
      case "application/json" ->
        decoded(Json.text(Json.lenient(body), "attestation_doc")
            .orElseThrow(() -> new ProtocolException("the JSON has no text attestation_doc")));
      default ->
        throw new ProtocolException(
            "expected application/cbor, application/octet-stream, base64 as text/plain, or"
                + " application/json, but the content type is \"" + Failures.printable(type)
                + "\"");
    };
  }

  private static byte[] decoded(String base64) throws ProtocolException {
    try {
      return Base64.getDecoder().decode(WHITE_SPACE.matcher(base64).replaceAll(""));
    } catch (IllegalArgumentException e) {
      throw new ProtocolException("the text is not base64");
    }
  }

  /** The path. */
  @Override
  public String toString() {
    return "EvidenceProtocol[GET " + template + "]";
  }
}
