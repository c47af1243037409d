package io.treza.samples.enclavekms;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.treza.aws.kms.AttestedKms;
import io.treza.aws.kms.AttestedKmsException;
import io.treza.aws.kms.InstanceCredentials;
import io.treza.aws.kms.KeyArn;
import io.treza.aws.kms.ParentCredentials;
import io.treza.enclave.Nsm;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientKeySize;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The program of an enclave that seals and opens orders. The parent instance lends it credentials and
 * carries its bytes; what it opens does not leave it. What is in the image, the key's ARN and whom to
 * believe, is measured.
 */
public final class OrdersProgram {
  private static final Path AUTHORITY = Path.of("/app/etc/kms-authority.pem");
  private static final int PORT = 8443;
  private static final int MAX_BODY = 1 << 16;

  private final AtomicReference<Supplier<ParentCredentials>> lent;
  private final Orders orders;

  private OrdersProgram(AtomicReference<Supplier<ParentCredentials>> lent, Orders orders) {
    this.lent = lent;
    this.orders = orders;
  }

  /** Serves until the enclave ends. */
  public static void main(String[] arguments) throws IOException, CertificateException {
    KeyArn key = new KeyArn(Optional.ofNullable(System.getenv("KMS_KEY"))
        .orElseThrow(() -> new IllegalStateException("the image sets no variable KMS_KEY")));
    // On EC2 the instance's metadata service lends them; elsewhere somebody has to.
    AtomicReference<Supplier<ParentCredentials>> lent =
        new AtomicReference<>(InstanceCredentials.fromEnvironment());
    AttestedKms.Builder kms = AttestedKms.builder(
        recipient(), key.region(), () -> Objects.requireNonNull(lent.get()).get());
    if (Files.exists(AUTHORITY)) {
      try (InputStream pem = Files.newInputStream(AUTHORITY)) {
        kms.trustOnly(List.of(
            (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem)));
      }
    }
    OrdersProgram program = new OrdersProgram(lent, new Orders(kms.build(), key, "blue"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), 0);
    server.createContext("/credentials", exchange -> program.answer(exchange, program::lend));
    server.createContext(
        "/seal",
        exchange -> program.answer(exchange, order -> program.orders.seal(order).text()));
    server.createContext("/open", exchange -> program.answer(exchange, program::open));
    server.start();
    System.out.println("orders: ready");
  }

  /** This enclave to KMS; in an emulation its documents are signed outside. */
  private static KmsRecipient recipient() throws IOException {
    Nsm nsm = Nsm.agent();
    nsm.register(new byte[0], new byte[0]);
    return System.getenv("EMULATED") == null
        ? KmsRecipient.create(nsm)
        : KmsRecipient.create(
            (nonce, key) -> EmulatedSigner.signed(nsm.attest(nonce, key, new byte[0])),
            RecipientKeySize.RSA_2048);
  }

  private interface Operation {
    String run(String body) throws AttestedKmsException, GeneralSecurityException;
  }

  private String lend(String line) {
    String[] words = line.split(" ");
    ParentCredentials credentials = words.length == 3
        ? ParentCredentials.temporary(words[0], words[1], words[2])
        : ParentCredentials.longTerm(words[0], words[1]);
    lent.set(() -> credentials);
    return "lent";
  }

  private String open(String sealed) throws AttestedKmsException, GeneralSecurityException {
    return "opened " + orders.open(Orders.Sealed.parse(sealed)).length() + " characters";
  }

  private void answer(HttpExchange exchange, Operation operation) throws IOException {
    try (exchange) {
      String body =
          new String(exchange.getRequestBody().readNBytes(MAX_BODY), StandardCharsets.UTF_8);
      int status = 200;
      String text;
      try {
        text = operation.run(body);
      } catch (AttestedKmsException e) {
        status = 403;
        text = e.kind() + ": " + e.getMessage();
      } catch (GeneralSecurityException | RuntimeException e) {
        status = 400;
        text = e.toString();
      }
      byte[] answer = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }
}
