package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import io.treza.testkit.Pcrs;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A program in an emulated enclave has its own documents signed, and nobody else's. */
class DocumentSignerTest {
  private static final String ROLE = "arn:aws:iam::123456789012:role/parent";

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final CertificateChain chain = CertificateChain.builder(root).build();
  private final Emulation.Heard heard = new Emulation.Heard();
  private DocumentSigner signer;

  @BeforeEach
  void start() throws IOException {
    TreeMap<Integer, PcrValue> measured = new TreeMap<>();
    for (int index = 0; index < 3; index++) {
      measured.put(index, PcrValue.of(pcr(index)));
    }
    Endorser endorser = new Endorser(
        new QemuEnclave.Identity(measured, chain, InstantSource.system()),
        new MachineSettings(
            Path.of("any.eif"),
            512,
            1,
            false,
            false,
            chain.moduleId(),
            chain.instanceId(),
            Optional.of(ROLE)));
    signer = DocumentSigner.start(endorser::signedIfOwn, heard);
  }

  @AfterEach
  void stop() throws IOException {
    signer.close();
  }

  private static byte[] pcr(int index) {
    byte[] value = Pcrs.zero();
    value[0] = (byte) (index + 1);
    return value;
  }

  /** As the NSM of the emulated machine gives it, but for what a program made of it. */
  private byte[] unsigned(UnaryOperator<DocumentBuilder> change) {
    DocumentBuilder own = DocumentBuilder.of(chain)
        .pcr(0, pcr(0))
        .pcr(1, pcr(1))
        .pcr(2, pcr(2))
        .pcr(3, Pcrs.ofRole(ROLE))
        .pcr(4, Pcrs.ofInstance(chain.instanceId()))
        .publicKey(new byte[] {7})
        .signature(any -> new byte[any.length]);
    return change.apply(own).build();
  }

  private byte[] ask(byte[] document) throws IOException {
    try (Socket socket =
        new Socket(signer.address().getAddress(), signer.address().getPort())) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(document.length);
      out.write(document);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      return in.readNBytes(in.readInt());
    }
  }

  private void refused(String why, byte[] document) throws InterruptedException {
    assertThrows(IOException.class, () -> ask(document));
    heard.await("BOOT not signed: " + why);
  }

  @Test
  void ownDocumentComesBackSignedAndOtherwiseUnchanged() throws Exception {
    byte[] signed = ask(unsigned(own -> own));
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .build();
    VerificationResult result = verifier.verify(
        signed,
        Expectation.acceptAnyMeasurement()
            .withoutNonce()
            .roleArn(ROLE)
            .publicKey(new byte[] {7})
            .build());
    assertTrue(result instanceof VerifiedAttestation, result::toString);
  }

  @Test
  void anotherRegisterIsNotSigned() throws Exception {
    for (int index = 0; index <= 4; index++) {
      int changed = index;
      refused(
          "a document with another PCR" + changed,
          unsigned(own -> own.pcr(changed, Pcrs.ofRole("other"))));
      refused("a document with another PCR" + changed, unsigned(own -> own.withoutPcr(changed)));
    }
  }

  @Test
  void registerThatThisEnclaveHasNotIsNotSigned() throws Exception {
    for (int index = 5; index < 16; index++) {
      int claimed = index;
      refused(
          "a document with another PCR" + claimed,
          unsigned(own -> own.pcr(claimed, Pcrs.ofRole("other"))));
    }
    assertTrue(ask(unsigned(own -> own.pcr(8, Pcrs.zero()).pcr(16, pcr(16)))).length > 1000);
  }

  @Test
  void failureEndsThatConnectionOnly() throws Exception {
    signer.close();
    AtomicBoolean failed = new AtomicBoolean();
    signer = DocumentSigner.start(
        document -> {
          if (!failed.getAndSet(true)) {
            throw new IllegalStateException("none such");
          }
          return document;
        },
        heard);
    refused("none such", new byte[] {1});
    assertArrayEquals(new byte[] {2}, ask(new byte[] {2}));
  }

  @Test
  void anotherEnclavesDocumentIsNotSigned() throws Exception {
    String other = CertificateChain.builder(root).build().moduleId();
    refused("a document of another enclave, " + other, unsigned(own -> own.moduleId(other)));
  }

  @Test
  void whatIsNoDocumentEndsThatConnectionOnly() throws Exception {
    assertThrows(IOException.class, () -> ask(new byte[] {1, 2, 3}));
    try (Socket socket =
        new Socket(signer.address().getAddress(), signer.address().getPort())) {
      new DataOutputStream(socket.getOutputStream()).writeInt(1 << 20);
      assertThrows(
          EOFException.class, () -> new DataInputStream(socket.getInputStream()).readInt());
    }
    assertTrue(ask(unsigned(own -> own)).length > 1000);
  }
}
