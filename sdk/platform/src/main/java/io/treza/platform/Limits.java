package io.treza.platform;

import java.time.Duration;

/**
 * How much a request, a key, a wallet and all together may take of a server.
 *
 * @param bodyBytes the longest request body; a longer one is answered 413. With {@code
 *     recordsPerWallet} it bounds what a wallet can have kept, and one answer list
 * @param headerBytes all of a request's headers, counted as HTTP/2 does (name, value and 32 bytes
 *     each); more is answered 431
 * @param requestsPerSecond what one key may ask for in the long run; more is answered 429 with
 *     {@code Retry-After}
 * @param burst how many requests a key that was silent may send at once
 * @param concurrentRequests how many are worked on at a time; one more is answered 503
 * @param enclavesPerWallet how many enclaves a wallet may have, destroyed ones not counted; a
 *     request for one more is answered 409
 * @param recordsPerWallet how many tasks, how many API keys, and how many destroyed enclaves that it
 *     has not deleted, a wallet may have; a request for one more, or for a new enclave, is answered
 *     409
 * @param slowestRequest how long a client may take to send a request, in whole seconds. The JDK's
 *     server knows one such limit for a whole process: the first that is set counts
 */
public record Limits(
    int bodyBytes,
    int headerBytes,
    int requestsPerSecond,
    int burst,
    int concurrentRequests,
    int enclavesPerWallet,
    int recordsPerWallet,
    Duration slowestRequest) {

  public Limits {
    positive("bodyBytes", bodyBytes);
    positive("headerBytes", headerBytes);
    positive("requestsPerSecond", requestsPerSecond);
    positive("burst", burst);
    positive("concurrentRequests", concurrentRequests);
    positive("enclavesPerWallet", enclavesPerWallet);
    positive("recordsPerWallet", recordsPerWallet);
    positive("the seconds of slowestRequest", slowestRequest.toSeconds());
  }

  private static void positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  /**
   * Starts with a body of 64 KiB, 16 KiB of headers, 100 requests a second and 200 at once for a
   * key, 32 at a time for all, 100 enclaves, 1000 tasks, keys and destroyed enclaves each for a
   * wallet, and 30 seconds to send a request.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the settings; all have defaults. */
  public static final class Builder {
    private int bodyBytes = 64 * 1024;
    private int headerBytes = 16 * 1024;
    private int requestsPerSecond = 100;
    private int burst = 200;
    private int concurrentRequests = 32;
    private int enclavesPerWallet = 100;
    private int recordsPerWallet = 1000;
    private Duration slowestRequest = Duration.ofSeconds(30);

    private Builder() {}

    /** See {@link Limits#bodyBytes}. */
    public Builder bodyBytes(int limit) {
      this.bodyBytes = limit;
      return this;
    }

    /** See {@link Limits#headerBytes}. */
    public Builder headerBytes(int limit) {
      this.headerBytes = limit;
      return this;
    }

    /** See {@link Limits#requestsPerSecond} and {@link Limits#burst}. */
    public Builder requestRate(int perSecond, int atOnce) {
      this.requestsPerSecond = perSecond;
      this.burst = atOnce;
      return this;
    }

    /** See {@link Limits#concurrentRequests}. */
    public Builder concurrentRequests(int limit) {
      this.concurrentRequests = limit;
      return this;
    }

    /** See {@link Limits#enclavesPerWallet}. */
    public Builder enclavesPerWallet(int limit) {
      this.enclavesPerWallet = limit;
      return this;
    }

    /** See {@link Limits#recordsPerWallet}. */
    public Builder recordsPerWallet(int limit) {
      this.recordsPerWallet = limit;
      return this;
    }

    /** See {@link Limits#slowestRequest}. */
    public Builder slowestRequest(Duration limit) {
      this.slowestRequest = limit;
      return this;
    }

    /**
     * The limits.
     *
     * @throws IllegalArgumentException if one of them is below 1
     */
    public Limits build() {
      return new Limits(
          bodyBytes,
          headerBytes,
          requestsPerSecond,
          burst,
          concurrentRequests,
          enclavesPerWallet,
          recordsPerWallet,
          slowestRequest);
    }
  }
}
