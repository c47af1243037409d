package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.VerifiedAttestation;
import io.treza.aws.played.Moto;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class Ec2LaunchTest {
  private static Moto moto;

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeAll
  static void startMoto() throws IOException, InterruptedException {
    moto = Moto.start();
  }

  @AfterAll
  static void stopMoto() {
    if (moto != null) {
      moto.close();
    }
  }

  @BeforeEach
  void open() throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  @Test
  void launchesToAnEnclaveWhoseEvidenceVerifies() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      byte[] nonce = "sixteen bytes of nonce".getBytes();
      Measurements.Builder built = Measurements.builder();
      enclave.pcrs().forEach(built::pcr);
      VerifiedAttestation attested = account
          .verifier()
          .verifyOrThrow(
              enclave.evidence(nonce),
              Expectation.measurements(built.build()).nonce(nonce).build());
      enclave.pause();
      enclave.resume();
      enclave.evidence(nonce);
      enclave.terminate();
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }
}
