package io.treza.samples.serviceimage;

import io.treza.enclave.Nsm;
import io.treza.enclave.PcrState;
import java.io.IOException;
import java.io.UncheckedIOException;

/** An NSM that a parent instance would like to have: its documents come from where he can get some. */
final class StolenEvidence implements Nsm {
  /** Where documents come from. */
  interface Source {
    byte[] document(byte[] nonce) throws IOException;
  }

  private final Source source;

  StolenEvidence(Source source) {
    this.source = source;
  }

  @Override
  public byte[] attest(byte[] nonce) {
    try {
      return source.document(nonce);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) {
    return attest(nonce);
  }

  @Override
  public void register(byte[] publicKey, byte[] userData) {
    // He has nowhere to register his key.
  }

  @Override
  public byte[] random() {
    throw new UnsupportedOperationException();
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
