package io.treza.enclave.internal;

import io.treza.enclave.Nsm;

/** Refuses what the NSM would refuse, before it is sent, and says which field it is. */
public final class Fields {
  private static final int PCRS = 32;

  /** The hypervisor sets and locks those before. */
  private static final int FIRST_FREE_PCR = 16;

  private Fields() {}

  /** What a document is to carry. */
  public static void require(byte[] nonce, byte[] publicKey, byte[] userData) {
    requireLength("nonce", nonce, Nsm.MAX_NONCE_BYTES);
    requireLength("public key", publicKey, Nsm.MAX_PUBLIC_KEY_BYTES);
    requireLength("user data", userData, Nsm.MAX_USER_DATA_BYTES);
  }

  /** What a register is to be extended by. */
  public static void requireMeasurable(byte[] data) {
    requireLength("data", data, Nsm.MAX_USER_DATA_BYTES);
    if (data.length == 0) {
      throw new IllegalArgumentException("no data to extend a PCR by");
    }
  }

  /** A register that there is. */
  public static void requirePcr(int index) {
    if (index < 0 || index >= PCRS) {
      throw new IllegalArgumentException("there is no PCR" + index + ", only PCR0 to PCR31");
    }
  }

  /** A register that a workload may change. */
  public static void requireFreePcr(int index) {
    requirePcr(index);
    if (index < FIRST_FREE_PCR) {
      throw new IllegalArgumentException(
          "PCR" + index + " is the hypervisor's; a workload has PCR16 to PCR31");
    }
  }

  private static void requireLength(String name, byte[] value, int most) {
    if (value.length > most) {
      throw new IllegalArgumentException("the " + name + " has " + value.length
          + " bytes, and at most " + most + " fit into a document");
    }
  }
}
