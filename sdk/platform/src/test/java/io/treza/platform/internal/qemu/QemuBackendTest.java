package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.platform.QemuBackend;
import io.treza.platform.RunningEnclave;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class QemuBackendTest {
  @TempDir
  private Path directory;

  @Test
  void boots() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = emulation.backend().build();
    TestImage image = new TestImage().file("waits", 0755, emulation.program("waits")).entrypoint("/waits").user("1000:1000");
    Emulation.Heard heard = new Emulation.Heard();
    long t = System.nanoTime();
    RunningEnclave enclave = backend.launch(emulation.request("waits", image), heard);
    System.err.println("launch " + (System.nanoTime() - t) / 1e9);
    byte[] nonce = "nonce".getBytes(StandardCharsets.UTF_8);
    byte[] document = enclave.evidence(nonce);
    System.err.println("evidence " + (System.nanoTime() - t) / 1e9);
    var result = AttestationVerifier.builder().trustAnchors(backend.trustAnchor()).build().verify(document, Expectation.acceptAnyMeasurement().nonce(nonce).build());
    System.err.println(result + "\n" + heard);
    assertTrue(result instanceof VerifiedAttestation);
    t = System.nanoTime();
    enclave.pause();
    enclave.resume();
    enclave.evidence(nonce);
    System.err.println("pause, resume, evidence " + (System.nanoTime() - t) / 1e9);
    t = System.nanoTime();
    enclave.terminate();
    System.err.println("terminate " + (System.nanoTime() - t) / 1e9);
    assertEquals(enclave.pcrs(), enclave.pcrs());
  }
}
