package io.treza.sdk;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.Request;

/** {@link EvidenceSource#http}: documents from the workload's own endpoint. */
final class HttpEvidenceSource implements EvidenceSource {
  // Twice a document with every optional field at its longest, in base64.
  private static final int MAX_BYTES = 64 * 1024;

  private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

  private final HttpUrl endpoint;
  private final Http http = new Http(Duration.ofSeconds(10), Duration.ofSeconds(30), MAX_BYTES);

  HttpEvidenceSource(URI endpoint) {
    this.endpoint = Http.url("the evidence endpoint", endpoint);
  }

  @Override
  public byte[] evidence(String enclaveId, byte[] nonce) {
    HttpUrl url = endpoint
        .newBuilder()
        .setQueryParameter("nonce", HexFormat.of().formatHex(nonce))
        .build();
    Http.Answer answer = http.send(new Request.Builder()
        .url(url)
        .header("Accept", "application/cbor, application/octet-stream, text/plain")
        .build());
    String where = "GET " + url.encodedPath() + " on " + url.host();
    Failures.throwUnless2xx(where, answer);
    String type = answer.contentType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "application/cbor", "application/octet-stream" -> answer.body();
      case "text/plain" -> decoded(where, answer);
      default ->
        throw Failures.unexpected(
            where,
            answer,
            "expected application/cbor, application/octet-stream or base64 as text/plain, but the"
                + " content type is \"" + Failures.printable(type) + "\"");
    };
  }

  private static byte[] decoded(String where, Http.Answer answer) {
    try {
      String text = new String(answer.body(), StandardCharsets.US_ASCII);
      return Base64.getDecoder().decode(WHITE_SPACE.matcher(text).replaceAll(""));
    } catch (IllegalArgumentException e) {
      throw Failures.unexpected(where, answer, "the text is not base64");
    }
  }
}
