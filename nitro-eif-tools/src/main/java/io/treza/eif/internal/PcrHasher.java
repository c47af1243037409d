package io.treza.eif.internal;

import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Computes PCR0, PCR1 and PCR2 from the sections of an EIF, told in file order, on two threads of
 * its own while the caller reads on.
 *
 * <p>AWS Nitro Enclaves User Guide, "Enclave measurements"; a register is {@code H(48 zero bytes ||
 * H(content))} with SHA-384. Every measured byte is in PCR0 and in one of the other two, so one
 * thread hashes for the first and one for those.
 */
public final class PcrHasher implements AutoCloseable {
  // Larger ones are copied through caches further away: 4 % of measuring.
  private static final int BUFFER = 1 << 18;
  private static final int BUFFERS = 4;

  private final MessageDigest image = sha384();
  private final MessageDigest boot = sha384();
  private final MessageDigest application = sha384();
  private final ExecutorService imageThread = thread("PCR0");
  private final ExecutorService partThread = thread("PCR1 and PCR2");
  private final List<Lent> ring = new ArrayList<>();
  private int next;
  private boolean firstRamdiskSeen;

  /** Starts the threads. */
  public PcrHasher() {
    for (int i = 0; i < BUFFERS; i++) {
      ring.add(new Lent(new byte[BUFFER], new ArrayList<>()));
    }
  }

  /** A buffer, and the hashing that still reads it. */
  private record Lent(byte[] bytes, List<Future<?>> readers) {}

  /**
   * Where the data of a section goes.
   *
   * @param part the register beside PCR0, or nothing if the section is not measured
   */
  public record Destination(Optional<MessageDigest> part) {}

  /** Where the data of the next section goes. */
  public Destination section(EifSection.Type type) {
    switch (type) {
      case KERNEL, CMDLINE -> {
        return new Destination(Optional.of(boot));
      }
      case RAMDISK -> {
        MessageDigest part = firstRamdiskSeen ? application : boot;
        firstRamdiskSeen = true;
        return new Destination(Optional.of(part));
      }
      default -> {
        return new Destination(Optional.empty());
      }
    }
  }

  /** A buffer that nothing reads any more; the one given out before may still be read. */
  public byte[] buffer() throws IOException {
    next = (next + 1) % BUFFERS;
    Lent lent = ring.get(next);
    for (Future<?> reader : lent.readers) {
      await(reader);
    }
    lent.readers.clear();
    return lent.bytes;
  }

  /** Hashes bytes of the buffer given out last, which must stay as they are. */
  public void update(Destination destination, int offset, int length) {
    if (destination.part.isPresent() && length > 0) {
      Lent lent = ring.get(next);
      MessageDigest part = destination.part.get();
      lent.readers.add(imageThread.submit(() -> image.update(lent.bytes, offset, length)));
      lent.readers.add(partThread.submit(() -> part.update(lent.bytes, offset, length)));
    }
  }

  /** The registers, once every section has been read. */
  public EifMeasurements finish() throws IOException {
    Callable<byte[]> last = image::digest;
    Future<byte[]> pcr0 = imageThread.submit(last);
    Future<EifMeasurements> all = partThread.submit(() -> new EifMeasurements(
        extend(pcr0.get()), extend(boot.digest()), extend(application.digest())));
    return await(all);
  }

  /** Stops the threads. */
  @Override
  public void close() {
    imageThread.shutdownNow();
    partThread.shutdownNow();
  }

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    });
  }

  private static <T> T await(Future<T> result) throws IOException {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while measuring");
    } catch (ExecutionException e) {
      throw new IllegalStateException("hashing bytes in memory cannot fail", e.getCause());
    }
  }

  /** A register, in hex, that was extended once, from zero, with {@code digest}. */
  public static String extend(byte[] digest) {
    MessageDigest register = sha384();
    register.update(new byte[register.getDigestLength()]);
    return HexFormat.of().formatHex(register.digest(digest));
  }

  /** A hasher of the kind every register uses. */
  public static MessageDigest sha384() {
    try {
      return MessageDigest.getInstance("SHA-384");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-384", e);
    }
  }
}
