package io.treza.samples.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EnclaveIdentity;
import io.treza.enclave.Nsm;
import io.treza.enclave.PcrState;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.PeerNotAttestedException;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two enclaves, each of which has verified the other before a secret changes hands. */
class KeeperClientTest {
  private final Simulation simulation = new Simulation(InstantSource.system());
  private final AcceptedReleases requesters = simulation.releases("orders");
  private final AcceptedReleases keepers = simulation.releases("keeper");
  private final AtomicInteger asked = new AtomicInteger();

  KeeperClientTest() throws Exception {
    requesters.accept(simulation.signed("orders", 1, ReleaseStatus.ACTIVE));
    keepers.accept(simulation.signed("keeper", 1, ReleaseStatus.ACTIVE));
  }

  /** Runs the keeper of one image and has an enclave of another ask it. */
  private byte[] secret(int keeperImage, int requesterImage) throws IOException {
    Keeper keeper = simulation.keeper(requesters);
    EnclaveIdentity identity =
        EnclaveIdentity.builder(new Inside(keeperImage)).host("localhost").build();
    Nsm requester = new Inside(requesterImage);
    try (AttestedHttpsServer server = AttestedHttpsServer.builder(identity)
        .handle(
            "/",
            new Api(Map.of(
                "POST /challenges",
                (headers, body) -> {
                  asked.incrementAndGet();
                  return new Api.Answer(200, keeper.challenge());
                },
                "POST /secret",
                keeper::answer)))
        .start()) {
      URI address = URI.create("https://localhost:" + server.address().getPort());
      try (AttestedHttpClient http = AttestedHttpClient.builder(
              address, simulation.verifier(), Expectation.releases(keepers))
          .build()) {
        return new KeeperClient(address, http, requester::attest).secret();
      }
    }
  }

  @Test
  void getsTheSecret() throws Exception {
    assertEquals(32, secret(Simulation.RIGHT, Simulation.RIGHT).length);
  }

  @Test
  void asksNobodyButTheKeeper() {
    PeerNotAttestedException refused = assertThrows(
        PeerNotAttestedException.class, () -> secret(Simulation.WRONG, Simulation.RIGHT));
    assertEquals(Optional.of(Reason.MEASUREMENT_MISMATCH), refused.reason());
    assertEquals(0, asked.get());
  }

  @Test
  void saysWhyTheKeeperRefuses() {
    String why = String.valueOf(
        assertThrows(IOException.class, () -> secret(Simulation.RIGHT, Simulation.WRONG))
            .getMessage());
    assertTrue(why.startsWith("the keeper answers 403: " + Reason.MEASUREMENT_MISMATCH), why);
  }

  /** The NSM as a program in the enclave has it. */
  private final class Inside implements Nsm {
    private final SimulatedNsm nsm;
    private Optional<byte[]> registered = Optional.empty();

    Inside(int image) {
      this.nsm = simulation.nsm(image).build();
    }

    @Override
    public void register(byte[] publicKey, byte[] userData) {
      registered = Optional.of(userData);
    }

    @Override
    public byte[] attest(byte[] nonce) {
      return nsm.attest(Optional.of(nonce), registered, Optional.empty());
    }

    @Override
    public byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) {
      return nsm.attest(
          Optional.of(nonce),
          Optional.of(userData),
          Optional.of(publicKey).filter(key -> key.length > 0));
    }

    @Override
    public byte[] random() {
      return nsm.random();
    }

    @Override
    public PcrState describePcr(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String extendPcr(int index, byte[] data) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void lockPcr(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
