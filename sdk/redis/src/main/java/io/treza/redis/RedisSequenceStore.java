package io.treza.redis;

import io.treza.attestation.reference.SequenceStore;

/**
 * Sequence numbers of reference values, for every server that shares a Redis. Thread-safe.
 *
 * <p>A script compares and writes as one step: one round trip, where WATCH takes three and starts
 * over under contention. What Redis forgets an attacker can serve again: let it write every change
 * to disk ({@code appendonly yes}, {@code appendfsync always}) and evict nothing ({@code
 * maxmemory-policy noeviction}), and pin a floor with {@code minimumSequence} as well.
 */
public final class RedisSequenceStore implements SequenceStore {
  /** Lua's numbers are doubles, exact as far as a sequence goes: to 2^53 - 1. */
  private static final String RAISE = """
      local held = redis.call('GET', KEYS[1])
      if held and not string.match(held, '^%d+$') then
        return redis.error_reply('ERR ' .. KEYS[1] .. ' holds no sequence number')
      end
      if held and tonumber(held) >= tonumber(ARGV[1]) then return held end
      redis.call('SET', KEYS[1], ARGV[1])
      return ARGV[1]
      """;

  private final RedisServer server;
  private final String prefix;

  /**
   * A store under the keys that begin with {@code prefix}.
   *
   * @param server shared by those that must not accept an older file than another has seen
   * @param prefix the same for all of them, for example {@code treza:sequence:}
   */
  public RedisSequenceStore(RedisServer server, String prefix) {
    this.server = server;
    this.prefix = prefix;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if Redis does not answer, or the key holds something else
   */
  @Override
  public long raise(String application, long sequence) {
    Object highest = server.run(RAISE, prefix + application, Long.toString(sequence));
    return Long.parseLong((String) highest);
  }
}
