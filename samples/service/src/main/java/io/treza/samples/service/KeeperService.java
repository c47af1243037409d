package io.treza.samples.service;

import io.treza.attestation.ChallengeStore;
import io.treza.attestation.InMemoryConsumedNonces;
import io.treza.attestation.StatelessChallengeStore;
import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EnclaveIdentity;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/** The program of the enclave that keeps the receipt key: {@code POST /challenges}, {@code /secret}. */
public final class KeeperService {
  private static final int RELEASES_REMEMBERED = 100_000;

  private KeeperService() {}

  /** Serves on port 8443 of the loopback address, to which the enclave's ingress leads. */
  public static void main(String[] arguments) throws IOException {
    Settings settings = Settings.ofImage();
    EnclaveIdentity identity = EnclaveIdentity.builder(settings.nsm())
        .host(settings.variable(Settings.HOST))
        .build();
    AcceptedReleases releases = new AcceptedReleases(settings.publisher(), "orders");
    Keeper keeper = new Keeper(settings.verifier(), releases, challenges());

    AttestedHttpsServer.builder(identity)
        .port(8443)
        .handle(
            "/",
            new Api(Map.of(
                "POST /challenges",
                (headers, body) -> new Api.Answer(200, keeper.challenge()),
                "POST /secret",
                keeper::answer,
                "PUT /reference-values",
                releases::put)))
        .start();
    System.out.println("keeper: ready");
  }

  /** Keeps nothing for a challenge until it is used, so that nobody can fill it up by asking. */
  private static ChallengeStore challenges() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    InstantSource clock = InstantSource.system();
    return new StatelessChallengeStore(
        clock, key, new InMemoryConsumedNonces(clock, RELEASES_REMEMBERED));
  }
}
