package io.treza.aws.kms;

import java.util.Arrays;
import java.util.function.Function;
import javax.crypto.spec.SecretKeySpec;

/**
 * Bytes that are erased when closed, and that no log shows. Thread-safe.
 *
 * <p>What is made of them, a key object or a copy, is not erased; nor can be what a moving garbage
 * collector left behind.
 */
public final class Secret implements AutoCloseable {
  private final Object lock = new Object();
  private final byte[] bytes;
  private boolean closed;

  /** Takes the array over, without copying. */
  Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Lets a function work on the bytes themselves; it must not keep the array.
   *
   * @throws IllegalStateException if this was closed
   */
  public <T> T use(Function<byte[], T> function) {
    synchronized (lock) {
      requireOpen();
      return function.apply(bytes);
    }
  }

  /**
   * A key for the JDK's ciphers, with a copy of the bytes.
   *
   * @param algorithm for example {@code AES}
   * @throws IllegalStateException if this was closed
   */
  public SecretKeySpec toKey(String algorithm) {
    return use(content -> new SecretKeySpec(content, algorithm));
  }

  /** How many bytes. */
  public int length() {
    return bytes.length;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the secret was closed and is erased");
    }
  }

  /** Erases the bytes; does nothing the second time. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** The length only. */
  @Override
  public String toString() {
    return "Secret[" + bytes.length + " bytes]";
  }
}
