package io.treza.platform.internal.qemu;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.PcrValue;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Pcrs;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** Puts certificates and a signature into the documents of one emulated enclave. Thread-safe. */
final class Endorser {
  private static final int ROLE = 3;
  private static final int INSTANCE = 4;

  /** Programs extend registers from here on; those before are locked before they run. */
  private static final int FIRST_OF_PROGRAMS = 16;

  private final QemuEnclave.Identity identity;
  private final AtomicReference<CertificateChain> chain;
  private final SortedMap<Integer, PcrValue> registers;

  Endorser(QemuEnclave.Identity identity, MachineSettings machine) {
    this.identity = identity;
    this.chain = new AtomicReference<>(identity.chain());
    this.registers = new TreeMap<>(identity.pcrs());
    registers.put(ROLE, PcrValue.of(machine.parentRole().map(Pcrs::ofRole).orElseGet(Pcrs::zero)));
    registers.put(INSTANCE, PcrValue.of(Pcrs.ofInstance(machine.parentId())));
  }

  /** The document, signed; all else stays as the NSM gave it. */
  byte[] signed(byte[] unsigned) throws IOException {
    CertificateChain valid =
        chain.updateAndGet(now -> now.validAt(identity.clock().instant()));
    try {
      return DocumentBuilder.of(valid, unsigned).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("this is no document of the emulated NSM: " + e.getMessage(), e);
    }
  }

  /**
   * The same for whoever may have made the document himself: what it says of the enclave is known
   * here.
   *
   * @throws IOException if it says something else; the message says what
   */
  byte[] signedIfOwn(byte[] unsigned) throws IOException {
    byte[] signed = signed(unsigned);
    AttestationDocument document;
    try {
      document = AttestationDocument.parse(signed);
    } catch (AttestationRejectedException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (!document.moduleId().equals(identity.chain().moduleId())) {
      throw new IOException("a document of another enclave, " + document.moduleId());
    }
    for (int index = 0; index < FIRST_OF_PROGRAMS; index++) {
      Optional<PcrValue> own = Optional.ofNullable(registers.get(index));
      Optional<PcrValue> stated = document.pcr(index);
      if (own.isEmpty() ? stated.isPresent() && !stated.get().isZero() : !stated.equals(own)) {
        throw new IOException("a document with another PCR" + index);
      }
    }
    return signed;
  }
}
