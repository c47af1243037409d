package io.treza.platform.store;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the platform keeps enclaves, tasks, API keys, logs and the keys of requests it has answered.
 * Thread-safe.
 *
 * <p>Each operation reads or conditionally writes single items, or one pair of them, as table
 * services like DynamoDB do; none spans a collection or joins two. Whatever returns normally has
 * been made durable, logs excepted. At most one server uses a store at a time.
 *
 * <p>Every operation may throw {@link StoreException}: then it may or may not have taken place.
 */
public interface PlatformStore extends AutoCloseable {
  /** The enclaves. */
  ItemTable<StoredEnclave> enclaves();

  /** The tasks. */
  ItemTable<StoredTask> tasks();

  /** The API keys. */
  ItemTable<StoredApiKey> apiKeys();

  /** The API key whose secret has this hash, as {@link StoredApiKey#hash} has it. */
  Optional<StoredApiKey> apiKeyByHash(String hash);

  /** What a request key was used for; empty if it was not, or so long ago that it is forgotten. */
  Optional<StoredRequest> request(String key);

  /**
   * Adds an enclave and the request that created it, both or neither.
   *
   * @return false, and nothing is added, if the enclave's id or the request's key is taken
   */
  boolean insertOnce(StoredEnclave enclave, StoredRequest request);

  /**
   * Adds a line to an enclave's log. Of each kind an enclave has a bounded number of lines, of which
   * the oldest go. A line may be lost if the machine stops at once.
   */
  void appendLog(String enclaveId, LogLine line);

  /** The newest lines of some kinds, newest first, at most {@code limit}. */
  List<LogEntry> newestLogs(String enclaveId, Set<LogKind> kinds, int limit);

  /**
   * The lines of some kinds after a position, oldest first, at most {@code limit}. A line that is
   * added later has a greater position than each that was returned here.
   */
  List<LogEntry> logsAfter(String enclaveId, Set<LogKind> kinds, long position, int limit);

  /** Removes an enclave's log. */
  void deleteLogs(String enclaveId);

  /** Releases what it holds. Other operations fail from then on. */
  @Override
  void close();
}
