package io.treza.samples.service;

import com.sun.net.httpserver.Headers;
import io.treza.enclave.EgressProxy;
import io.treza.enclave.EgressRefusedException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Takes orders: gives a receipt for each, made with a key that only enclaves of this service get,
 * and tells the shop's own system of it, if the order names that.
 *
 * <p>Whoever orders chooses the address that is told. It is the list in the measured image that
 * decides whether it can be reached, so that there is no check to forget here.
 */
final class Orders {
  /** Where the shop wants to be told, as in {@code https://shop.example.com/receipts}. */
  static final String NOTIFY = "Notify";

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ReceiptKey source;
  private final OkHttpClient http;
  private final EgressProxy egress;
  private Optional<byte[]> key = Optional.empty();

  /** Who has the key that receipts are made with. */
  interface ReceiptKey {
    /** Asks for the key. */
    byte[] get() throws IOException;
  }

  /**
   * A service.
   *
   * @param http reaches shops, by the enclave's egress, and believes their certificates
   * @param egress the same way out, which says why if it leads nowhere
   */
  Orders(ReceiptKey source, OkHttpClient http, EgressProxy egress) {
    this.source = source;
    this.egress = egress;
    this.http = http;
  }

  /** Takes one order, of any bytes. */
  Api.Answer take(Headers headers, byte[] order) throws IOException {
    String receipt = HexFormat.of().formatHex(hmac(key(), order));
    Optional<String> shop = Optional.ofNullable(headers.getFirst(NOTIFY));
    return Api.Answer.text(
        200, "receipt " + receipt + shop.map(url -> "\n" + notified(url, receipt)).orElse(""));
  }

  /** Asked for once; a failure is forgotten, and the next order asks again. */
  private synchronized byte[] key() throws IOException {
    if (key.isEmpty()) {
      key = Optional.of(source.get());
    }
    return key.get();
  }

  private String notified(String url, String receipt) {
    HttpUrl address = HttpUrl.parse(url);
    if (address == null || !address.isHttps()) {
      return "not notified: the address must be https";
    }
    Request request = new Request.Builder()
        .url(address)
        .post(RequestBody.create(HexFormat.of().parseHex(receipt)))
        .build();
    try (Response answer = http.newCall(request).execute()) {
      return "notified, status " + answer.code();
    } catch (IOException e) {
      return "not notified: " + refusal(address).map(Throwable::toString).orElse(e.toString());
    }
  }

  /** An HTTP client does not tell what its proxy says of a destination, so that it is asked again. */
  private Optional<EgressRefusedException> refusal(HttpUrl address) {
    try (Socket reached = egress.connect(address.host(), address.port(), PATIENCE)) {
      return Optional.empty();
    } catch (EgressRefusedException e) {
      return Optional.of(e);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static byte[] hmac(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }
}
