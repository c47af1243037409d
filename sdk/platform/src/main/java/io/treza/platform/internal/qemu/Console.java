package io.treza.platform.internal.qemu;

import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Follows an enclave's console by the lines of its init: what is of the application, and what the
 * enclave's last words are. Thread-safe.
 */
final class Console implements Consumer<String> {
  /** What init's own lines begin with (docs/enclave-init.md). */
  private static final String INIT = "treza-init: ";

  private static final String STARTED = INIT + "application started";
  private static final String PANIC = "Kernel panic";

  /** The kernel has looked for a root elsewhere since it could not unpack the ramdisks. */
  private static final String NO_ROOT = "Unable to mount root fs";

  private static final String WHY = ": is there enough memory for the image?";

  /** The kernel may write into the middle of a line; a reason is one, and not a page. */
  private static final int LONGEST_REASON = 500;

  private final EnclaveListener listener;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private String last = "";
  private String weightiest = "";

  Console(EnclaveListener listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void accept(String line) {
    listener.log(started.isDone() ? Source.APPLICATION : Source.BOOT, line);
    if (line.contains(STARTED)) {
      started.complete(null);
    } else if (line.contains(INIT)) {
      weightiest = line.substring(line.indexOf(INIT));
    } else if (line.contains(PANIC) && weightiest.isEmpty()) {
      weightiest = line.substring(line.indexOf(PANIC)) + (line.contains(NO_ROOT) ? WHY : "");
    }
    if (!line.isBlank()) {
      last = line;
    }
  }

  /** Completes when the application has started. */
  CompletableFuture<Void> started() {
    return started;
  }

  /** What the enclave ended with: init's last line, else the kernel's panic, else any last line. */
  synchronized String lastWords() {
    String words = weightiest.isEmpty() ? last : weightiest;
    return words.substring(0, Math.min(words.length(), LONGEST_REASON));
  }
}
