package io.treza.samples.service;

import io.treza.enclave.EgressProxy;
import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.PcrState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;

/**
 * For QEMU only, whose NSM signs nothing: has its documents signed under a development root, by
 * whoever started the emulation. On hardware there is no such thing, and no image for hardware has
 * the setting that brings it about.
 */
final class EmulatedNsm implements Nsm {
  /** What the emulation answers by, through the enclave's egress. */
  private static final String SIGNER = "signer.emulated";

  private static final int SIGNER_PORT = 7000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MAX_DOCUMENT_BYTES = 0x4000;

  private final Nsm nsm;
  private final EgressProxy egress;

  EmulatedNsm(Nsm nsm, EgressProxy egress) {
    this.nsm = nsm;
    this.egress = egress;
  }

  /** Each document is sent after its length, and comes back so. */
  private byte[] signed(byte[] document) {
    try (Socket socket = egress.connect(SIGNER, SIGNER_PORT, PATIENCE)) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(document.length);
      out.write(document);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int length = in.readInt();
      if (length < 0 || length > MAX_DOCUMENT_BYTES) {
        throw new IOException("a document of " + length + " bytes");
      }
      return in.readNBytes(length);
    } catch (IOException e) {
      throw new UncheckedIOException("the emulation did not sign the document", e);
    }
  }

  @Override
  public byte[] attest(byte[] nonce) throws NsmException {
    return signed(nsm.attest(nonce));
  }

  @Override
  public byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) throws NsmException {
    return signed(nsm.attest(nonce, publicKey, userData));
  }

  @Override
  public void register(byte[] publicKey, byte[] userData) throws NsmException {
    nsm.register(publicKey, userData);
  }

  @Override
  public byte[] random() throws NsmException {
    return nsm.random();
  }

  @Override
  public PcrState describePcr(int index) throws NsmException {
    return nsm.describePcr(index);
  }

  @Override
  public String extendPcr(int index, byte[] data) throws NsmException {
    return nsm.extendPcr(index, data);
  }

  @Override
  public void lockPcr(int index) throws NsmException {
    nsm.lockPcr(index);
  }

  @Override
  public void close() {
    nsm.close();
  }
}
