package io.treza.platform;

import java.util.Optional;

/** What a backend tells about one enclave while it is built, boots and runs. Thread-safe. */
public interface EnclaveListener {
  /** Where a line of an enclave's log comes from. */
  enum Source {
    /** Opening the image, building and measuring the enclave image. */
    BUILD,
    /** Kernel and init, until the application starts; and the emulator's own messages. */
    BOOT,
    /** What the application writes. */
    APPLICATION
  }

  /** A listener that hears nothing. */
  EnclaveListener NONE = new EnclaveListener() {
    @Override
    public void log(Source source, String line) {}

    @Override
    public void ended(String reason) {}
  };

  /**
   * Adds a line to the enclave's log.
   *
   * @param line without its end; untrusted text of any content
   */
  void log(Source source, String line);

  /**
   * Keeps what the enclave's image measures, before anything runs that could be another. A platform
   * has it in its store when this returns: later processes hold evidence against that, and not
   * against what an account or a cluster says by then.
   */
  default void built(BuiltImage image) {}

  /** What was kept last, perhaps by an earlier process; empty if nothing was. */
  default Optional<BuiltImage> built() {
    return Optional.empty();
  }

  /**
   * The enclave stopped without having been told to: it is FAILED. Called at most once for each
   * time it was started, and never because of pause or terminate.
   *
   * @param reason one line, shown as {@code error_message}
   */
  void ended(String reason);
}
