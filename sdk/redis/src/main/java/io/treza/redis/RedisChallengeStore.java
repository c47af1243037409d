package io.treza.redis;

import io.treza.attestation.Challenge;
import io.treza.attestation.ChallengeStatus;
import io.treza.attestation.ChallengeStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;

/**
 * Challenges that every server which shares a Redis recognises, each consumed at most once among
 * them all. Thread-safe.
 *
 * <p>Redis alone decides: a challenge is a key that Redis's own clock lets expire and a script
 * compares and deletes as one step. An answer that is lost on the way, with the connection or the
 * server, loses the challenge; it is never consumed again. A challenge that was consumed, has
 * expired or was never issued is {@link ChallengeStatus#UNKNOWN}.
 *
 * <p>A challenge is good only at the server process that it was issued at, told by Redis's {@code
 * run_id}. A server that restarts from an old snapshot, or a replica that takes over before it has
 * heard of a deletion, would otherwise know consumed challenges as outstanding. So single use does
 * not depend on how Redis persists or replicates; a restart costs the outstanding challenges.
 */
public final class RedisChallengeStore implements ChallengeStore {
  private static final Duration MIN_LIFETIME = Duration.ofMillis(1);

  private static final String RUN = """
      local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
      if not run then return redis.error_reply('ERR this server tells no run_id') end
      """;

  private static final String ISSUE = RUN + """
      if not redis.call('SET', KEYS[1], run .. ' ' .. ARGV[1], 'NX', 'PX', ARGV[2]) then
        return 'TAKEN'
      end
      return 'OUTSTANDING'
      """;

  private static final String LOOK = RUN + """
      local held = redis.call('GET', KEYS[1])
      if not held or string.sub(held, 1, #run + 1) ~= run .. ' ' then return 'UNKNOWN' end
      if string.sub(held, #run + 2) ~= ARGV[1] then return 'OTHER_PURPOSE' end
      """;

  private static final String ONLY_LOOK = LOOK + "return 'OUTSTANDING'";

  private static final String CONSUME = LOOK + """
      redis.call('DEL', KEYS[1])
      return 'OUTSTANDING'
      """;

  private final RedisServer server;
  private final String prefix;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * A store under the keys that begin with {@code prefix}.
   *
   * @param server shared by those among whom a challenge is single-use
   * @param prefix the same for all of them, for example {@code treza:challenge:}
   * @param clock tells callers when a challenge ends; Redis's own decides
   */
  public RedisChallengeStore(RedisServer server, String prefix, InstantSource clock) {
    this.server = server;
    this.prefix = prefix;
    this.clock = clock;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if Redis does not confirm it
   */
  @Override
  public Challenge issue(String purpose, Duration lifetime) {
    if (lifetime.compareTo(MIN_LIFETIME) < 0 || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "lifetime must be 1 ms to " + MAX_LIFETIME + ", not " + lifetime);
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    // Read before Redis begins to count, so that no more is promised than it keeps.
    Instant expiresAt = clock.instant().plus(lifetime);
    Object answer = server.run(ISSUE, key(nonce), purpose, Long.toString(lifetime.toMillis()));
    // By chance never; where an answer was lost, by the first run of the script.
    if (!"OUTSTANDING".equals(answer)) {
      throw new IllegalStateException(server + ": the challenge was not stored, but " + answer);
    }
    return new Challenge(nonce, purpose, expiresAt);
  }

  @Override
  public ChallengeStatus look(byte[] nonce, String purpose) {
    return ask(ONLY_LOOK, nonce, purpose);
  }

  @Override
  public ChallengeStatus consume(byte[] nonce, String purpose) {
    return ask(CONSUME, nonce, purpose);
  }

  private ChallengeStatus ask(String script, byte[] nonce, String purpose) {
    return nonce.length == NONCE_BYTES
        ? ChallengeStatus.valueOf((String) server.run(script, key(nonce), purpose))
        : ChallengeStatus.UNKNOWN;
  }

  private String key(byte[] nonce) {
    return prefix + HexFormat.of().formatHex(nonce);
  }
}
