package io.treza.testkit;

import java.time.Instant;
import java.util.BitSet;
import java.util.Optional;

/**
 * A Nitro Security Module in software: the registers of one enclave, and documents about them
 * signed under a private root.
 *
 * <p>Registers behave as AWS's own run-time test of the module expects (aws-nitro-enclaves-nsm-api,
 * {@code nsm-check}): 32 of them, 0 to 15 locked from the start. Only the registers and the leaf,
 * which is renewed when it expires, ever change. Thread-safe.
 */
public final class SimulatedNsm {
  /** Registers in a module. */
  public static final int PCRS = 32;

  /** Registers the hypervisor sets and locks; documents always show them. */
  private static final int RESERVED = 16;

  /** The longest nonce, user data or public key, in bytes (AWS attestation process, 2.2). */
  private static final int MAX_FIELD = 1024;

  /** The longest request, in bytes; three fields of the longest kind fit. */
  private static final int MAX_REQUEST = 4096;

  private static final int RANDOM_BYTES = 256;

  private final Object lock = new Object();
  private final byte[][] pcrs;
  private final BitSet locked = new BitSet(PCRS);
  private final boolean indefiniteMap;
  private CertificateChain chain;

  private SimulatedNsm(CertificateChain chain, byte[][] pcrs, boolean indefiniteMap) {
    this.chain = chain;
    this.pcrs = pcrs;
    this.indefiniteMap = indefiniteMap;
    locked.set(0, RESERVED);
  }

  /**
   * Starts the module of this chain's enclave. Region, ids, clock and randomness are the chain's.
   */
  public static Builder builder(CertificateChain chain) {
    return new Builder(chain);
  }

  /** The module's id, which begins with {@code sim-} unless the chain is AWS-shaped. */
  public String moduleId() {
    return chain().moduleId();
  }

  /** The certificates documents are signed under now. */
  public CertificateChain chain() {
    synchronized (lock) {
      return chain;
    }
  }

  /**
   * A signed document about the registers: 0 to 15, and any later one that is locked.
   *
   * @param nonce at most 1024 bytes
   * @param userData at most 1024 bytes
   * @param publicKey at most 1024 bytes
   * @throws NsmException if one is longer
   * @throws IllegalStateException if the root is not valid now
   */
  public byte[] attest(
      Optional<byte[]> nonce, Optional<byte[]> userData, Optional<byte[]> publicKey) {
    nonce.ifPresent(value -> requireShort("nonce", value));
    userData.ifPresent(value -> requireShort("user_data", value));
    publicKey.ifPresent(value -> requireShort("public_key", value));
    DocumentBuilder document = currentDocument();
    nonce.ifPresent(document::nonce);
    userData.ifPresent(document::userData);
    publicKey.ifPresent(document::publicKey);
    return document.build();
  }

  /** Everything that needs the lock; the signature, which takes long, does not. */
  private DocumentBuilder currentDocument() {
    synchronized (lock) {
      Instant now = chain.clock().instant();
      chain = chain.validAt(now);
      DocumentBuilder document =
          DocumentBuilder.of(chain).timestamp(now.toEpochMilli()).indefiniteMap(indefiniteMap);
      for (int i = 0; i < PCRS; i++) {
        if (i < RESERVED || locked.get(i)) {
          document.pcr(i, pcrs[i]);
        }
      }
      return document;
    }
  }

  /**
   * A register's value and state.
   *
   * @param index 0 to 31
   * @throws NsmException if there is no such register
   */
  public PcrState describePcr(int index) {
    requireIndex(index);
    synchronized (lock) {
      return new PcrState(pcrs[index], locked.get(index));
    }
  }

  /**
   * Extends a register: its value becomes SHA-384 of the old value followed by the data.
   *
   * @param index 16 to 31
   * @param data what to measure; the request must fit in 4096 bytes
   * @return the new value
   * @throws NsmException if there is no such register, it is locked, or the data is too long
   */
  public byte[] extendPcr(int index, byte[] data) {
    requireIndex(index);
    int length = extendRequest(index, data).length;
    if (length > MAX_REQUEST) {
      throw new NsmException(
          NsmException.Code.INPUT_TOO_LARGE,
          "an ExtendPCR request of " + length + " bytes; the limit is " + MAX_REQUEST);
    }
    synchronized (lock) {
      requireUnlocked(index);
      pcrs[index] = Pcrs.extend(pcrs[index], data);
      return pcrs[index].clone();
    }
  }

  /** The request as it crosses to the module (aws-nitro-enclaves-nsm-api, {@code Request}). */
  private static byte[] extendRequest(int index, byte[] data) {
    return Cbor.map(
        Cbor.text("ExtendPCR"),
        Cbor.map(Cbor.text("index"), Cbor.integer(index), Cbor.text("data"), Cbor.bytes(data)));
  }

  /**
   * Locks a register, for good.
   *
   * @param index 16 to 31
   * @throws NsmException if there is no such register or it is locked already
   */
  public void lockPcr(int index) {
    requireIndex(index);
    synchronized (lock) {
      requireUnlocked(index);
      locked.set(index);
    }
  }

  /**
   * Locks the registers from 0 up to, but not including, an index; those already locked stay so.
   *
   * @param end 0 to 32
   * @throws NsmException if it is larger
   */
  public void lockPcrs(int end) {
    if (end < 0 || end > PCRS) {
      throw new NsmException(
          NsmException.Code.INVALID_INDEX, "no range of registers [0, " + end + ")");
    }
    synchronized (lock) {
      locked.set(0, end);
    }
  }

  /** 256 random bytes. */
  public byte[] random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    chain().random().nextBytes(bytes);
    return bytes;
  }

  private static void requireShort(String field, byte[] value) {
    if (value.length > MAX_FIELD) {
      throw new NsmException(
          NsmException.Code.INPUT_TOO_LARGE,
          field + " of " + value.length + " bytes; the limit is " + MAX_FIELD);
    }
  }

  private static void requireIndex(int index) {
    if (index < 0 || index >= PCRS) {
      throw new NsmException(
          NsmException.Code.INVALID_INDEX, "no PCR" + index + "; there are PCR0 to PCR31");
    }
  }

  private void requireUnlocked(int index) {
    if (locked.get(index)) {
      throw new NsmException(NsmException.Code.READ_ONLY_INDEX, "PCR" + index + " is locked");
    }
  }

  /** Says what the registers of a module start from; not thread-safe. */
  public static final class Builder {
    private final CertificateChain chain;
    private final byte[][] pcrs = new byte[PCRS][Pcrs.LENGTH];
    private boolean measured;
    private boolean debugMode;
    private boolean indefiniteMap;

    private Builder(CertificateChain chain) {
      this.chain = chain;
      pcrs[4] = Pcrs.ofInstance(chain.instanceId());
    }

    /** Sets PCR0, PCR1 and PCR2, which describe the image, 48 bytes each; required. */
    public Builder measurements(byte[] pcr0, byte[] pcr1, byte[] pcr2) {
      pcrs[0] = checked("PCR0", pcr0);
      pcrs[1] = checked("PCR1", pcr1);
      pcrs[2] = checked("PCR2", pcr2);
      measured = true;
      return this;
    }

    /** Sets the parent instance's role, with its path: PCR3; zero if not set. */
    public Builder roleArn(String arn) {
      pcrs[3] = Pcrs.ofRole(arn);
      return this;
    }

    /**
     * Sets PCR8, zero if not set: a signed image has {@link Pcrs#ofSigningCertificate} there.
     */
    public Builder pcr8(byte[] value) {
      pcrs[8] = checked("PCR8", value);
      return this;
    }

    /** Zeroes PCR0, PCR1, PCR2 and PCR8, as an enclave in debug mode has them. */
    public Builder debugMode(boolean newDebugMode) {
      debugMode = newDebugMode;
      return this;
    }

    /** Writes the payload map with indefinite length, as AWS does since August 2025. */
    public Builder indefiniteMap(boolean newIndefiniteMap) {
      indefiniteMap = newIndefiniteMap;
      return this;
    }

    /**
     * Starts the module.
     *
     * @throws IllegalStateException if the measurements were not set
     */
    public SimulatedNsm build() {
      if (!measured) {
        throw new IllegalStateException("call measurements(pcr0, pcr1, pcr2) before build()");
      }
      byte[][] initial = pcrs.clone();
      if (debugMode) {
        for (int index : new int[] {0, 1, 2, 8}) {
          initial[index] = Pcrs.zero();
        }
      }
      return new SimulatedNsm(chain, initial, indefiniteMap);
    }

    private static byte[] checked(String name, byte[] value) {
      if (value.length != Pcrs.LENGTH) {
        throw new IllegalArgumentException(
            name + ": want " + Pcrs.LENGTH + " bytes, got " + value.length);
      }
      return value.clone();
    }
  }
}
