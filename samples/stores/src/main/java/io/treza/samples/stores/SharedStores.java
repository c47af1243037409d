package io.treza.samples.stores;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.ChallengeStore;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.SequenceStore;
import io.treza.aws.DynamoDbChallengeStore;
import io.treza.aws.DynamoDbSequenceStore;
import io.treza.aws.DynamoDbTable;
import io.treza.redis.RedisChallengeStore;
import io.treza.redis.RedisSequenceStore;
import io.treza.redis.RedisServer;
import java.net.URI;
import java.time.InstantSource;

/** One of several relying parties: what one of them issues any of them accepts, once. */
public final class SharedStores {
  private final ChallengeStore challenges;
  private final SequenceStore sequences;

  private SharedStores(ChallengeStore challenges, SequenceStore sequences) {
    this.challenges = challenges;
    this.sequences = sequences;
  }

  /** In Redis, for example at {@code rediss://:password@redis.example.com}. */
  public static SharedStores inRedis(URI address) {
    RedisServer redis = RedisServer.at(address).build();
    ChallengeStore challenges =
        new RedisChallengeStore(redis, "orders:challenge:", InstantSource.system());
    SequenceStore sequences = new RedisSequenceStore(redis, "orders:sequence:");
    return new SharedStores(challenges, sequences);
  }

  /** In a table in the region and account that the AWS SDK finds. */
  public static SharedStores inDynamoDb(String name) {
    DynamoDbTable table = DynamoDbTable.named(name).build();
    ChallengeStore challenges = new DynamoDbChallengeStore(table, InstantSource.system());
    SequenceStore sequences = new DynamoDbSequenceStore(table);
    return new SharedStores(challenges, sequences);
  }

  /** Judges a document that carries a challenge which one of the servers issued. */
  public VerificationResult judge(byte[] document, Measurements release) {
    Expectation expectation = Expectation.measurements(release)
        .challenge(challenges, "release database password")
        .build();
    return AttestationVerifier.builder().build().verify(document, expectation);
  }

  /** Refuses reference values that are older than those any of the servers has seen. */
  public ReferenceValuesVerifier.Builder remembering(ReferenceValuesVerifier.Builder verifier) {
    return verifier.sequenceStore(sequences);
  }
}
