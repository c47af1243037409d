package io.treza.samples.attestedhttp;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.AttestedTls;
import io.treza.sdk.attested.PeerNotAttestedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * A client of a payment service in an enclave.
 *
 * <p>Usage: {@code Payments ENCLAVE-URL PINS TOKEN ORDER}, for example {@code Payments
 * https://pay.example.com pins.json secret-token 42}.
 */
public final class Payments {
  private final AttestedHttpClient enclave;
  private final URI address;

  Payments(AttestedHttpClient enclave, URI address) {
    this.enclave = enclave;
    this.address = address;
  }

  /** Entry point. */
  public static void main(String[] args) throws IOException, ReferenceValuesException {
    URI address = URI.create(args[0]);
    ReferenceValues releases =
        ReferenceValues.parseUnsigned(Files.readAllBytes(Path.of(args[1])), args[1]);
    try (AttestedHttpClient enclave = connect(address, releases)) {
      System.out.println(new Payments(enclave, address).pay(args[2], args[3]));
    } catch (PeerNotAttestedException e) {
      System.out.println("nothing was sent: " + e.problem() + " " + e.reason());
      System.exit(1);
    }
  }

  static AttestedHttpClient connect(URI enclave, ReferenceValues releases) {
    return AttestedHttpClient.builder(
            enclave, AttestationVerifier.create(), Expectation.releases(releases))
        .evidence(EvidenceProtocol.nitriding())
        .build();
  }

  String pay(String token, String order) throws IOException {
    Request request = new Request.Builder()
        .url(address.resolve("/pay").toString())
        .header("Authorization", "Bearer " + token)
        .post(RequestBody.create(order, null))
        .build();
    try (Response answer = enclave.execute(request)) {
      return answer.body().string();
    }
  }

  /** Another path, another place of the key, and what else must hold. */
  static AttestedHttpClient stricter(
      URI enclave, AttestationVerifier verifier, ReferenceValues releases, OkHttpClient ours) {
    return AttestedHttpClient.builder(enclave, verifier, Expectation.releases(releases))
        .evidence(EvidenceProtocol.template("/evidence/{nonce}", KeyBinding.PUBLIC_KEY))
        .demanding(expectation -> expectation.region("eu-west-1"))
        .reverifyAfter(Duration.ofMinutes(1))
        .okHttp(ours)
        .requireWebPki()
        .build();
  }

  /** Evidence from somewhere else than the connection itself. */
  static AttestedHttpClient vouchedFor(
      URI enclave, AttestationVerifier verifier, ReferenceValues releases, EvidenceSource source) {
    return AttestedHttpClient.builder(enclave, verifier, Expectation.releases(releases))
        .evidence(source, "enc-1", KeyBinding.SPKI_SHA256)
        .build();
  }

  /** The platform's client, with evidence from a workload of another make. */
  static TrezaClient askingNitriding(URI workload) {
    return TrezaClient.builder()
        .evidenceSource(EvidenceSource.http(workload, EvidenceProtocol.nitriding()))
        .build();
  }

  /** A connection that is no HTTP, to an enclave of a platform. */
  static SSLSocket database(
      TrezaClient client,
      String id,
      InetSocketAddress address,
      AttestationVerifier verifier,
      ReferenceValues releases)
      throws IOException {
    AttestedTls enclave = AttestedTls.builder(verifier, Expectation.releases(releases))
        .evidence(client.evidenceSource(), id, KeyBinding.SPKI_SHA256)
        .build();
    return enclave.connect("db.example.com", address);
  }
}
