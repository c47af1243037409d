package io.treza.enclave.internal.device;

import io.treza.enclave.NsmException;
import java.io.Closeable;

/** Carries one request to the NSM and its answer back. Thread-safe. */
interface NsmDevice extends Closeable {
  /** Throws with {@link NsmException.Problem#UNREACHABLE} if the device does not do so. */
  byte[] exchange(byte[] request) throws NsmException;

  @Override
  void close();
}
