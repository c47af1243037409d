package io.treza.redis;

import static io.treza.attestation.ChallengeStatus.OUTSTANDING;
import static io.treza.attestation.ChallengeStatus.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.ChallengeStore;
import io.treza.testsupport.Contention;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** No challenge is consumed twice, whatever of the server, its files or its answers is lost. */
class RedisLossTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir
  private Path directory;

  private static ChallengeStore store(RedisServer server) {
    return new RedisChallengeStore(server, "c:", InstantSource.system());
  }

  private static boolean has(Jedis admin, byte[] nonce) {
    return admin.exists("c:" + HexFormat.of().formatHex(nonce));
  }

  @Test
  void aConsumedChallengeThatASnapshotBringsBackStaysConsumed() throws IOException {
    try (RedisProcess redis = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
        RedisServer server = redis.server()) {
      ChallengeStore store = store(server);
      byte[] nonce = store.issue("a", HOUR).nonce();
      try (Jedis admin = redis.admin()) {
        admin.save();
      }
      assertEquals(OUTSTANDING, store.consume(nonce, "a"));
      redis.kill();
      redis.start();
      try (Jedis admin = redis.admin()) {
        assertTrue(has(admin, nonce), "it is back");
      }
      assertEquals(UNKNOWN, store.look(nonce, "a"));
      assertEquals(UNKNOWN, store.consume(nonce, "a"));
    }
  }

  @Test
  void aReplicaThatTakesOverKnowsNoChallengeOfThePrimary() throws IOException {
    Path second = Files.createDirectory(directory.resolve("second"));
    try (RedisProcess primary = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
        RedisProcess replica =
            new RedisProcess(second, "--replicaof", "127.0.0.1 " + primary.port());
        RedisServer atPrimary = primary.server();
        RedisServer atReplica = replica.server();
        Jedis primaryAdmin = primary.admin();
        Jedis replicaAdmin = replica.admin()) {
      byte[] nonce = store(atPrimary).issue("a", HOUR).nonce();
      primaryAdmin.set("later", "than the challenge");
      assertEquals(1, primaryAdmin.waitReplicas(1, 0), "the replica has both");
      String refused = assertThrows(
              IllegalStateException.class, () -> store(atReplica).issue("a", HOUR))
          .getMessage();
      assertTrue(refused.contains("give the primary's address"), refused);
      replicaAdmin.replicaofNoOne();
      assertEquals(OUTSTANDING, store(atPrimary).consume(nonce, "a"));
      assertTrue(has(replicaAdmin, nonce), "the deletion has not reached it");
      assertEquals(UNKNOWN, store(atReplica).consume(nonce, "a"));
    }
  }

  @Test
  void underFireNoChallengeIsConsumedTwice() throws Exception {
    try (RedisProcess redis = new RedisProcess(directory, RedisProcess.EVERY_WRITE_ON_DISK);
        RedisServer one = redis.server();
        RedisServer two = redis.server()) {
      for (int round = 0; round < 3; round++) {
        List<byte[]> nonces = new ArrayList<>();
        List<AtomicInteger> wins = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          nonces.add(store(one).issue("a", HOUR).nonce());
          wins.add(new AtomicInteger());
        }
        AtomicInteger answered = new AtomicInteger();
        Contention.together(caller -> {
          ChallengeStore store = store(caller % 2 == 0 ? one : two);
          for (int i = 0; i < nonces.size(); i++) {
            try {
              if (store.consume(nonces.get(i), "a") == OUTSTANDING) {
                wins.get(i).incrementAndGet();
              }
            } catch (IllegalStateException refused) {
              // The server is down: this caller gets nothing.
            }
            if (answered.incrementAndGet() == 500) {
              restart(redis);
            }
          }
          return caller;
        });
        for (AtomicInteger win : wins) {
          assertTrue(win.get() <= 1, "consumed " + win + " times");
        }
        assertEquals(1, wins.get(0).get(), "the first was consumed while all was well");
      }
    }
  }

  private static void restart(RedisProcess redis) {
    redis.kill();
    try {
      redis.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aChallengeWhoseAnswerIsLostIsLost() throws IOException {
    try (RedisProcess redis = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
        AnswerThief thief = new AnswerThief(redis.port());
        RedisServer server = redis.server();
        RedisServer robbed = RedisServer.at(URI.create("redis://127.0.0.1:" + thief.port()))
            .insecurePlaintext()
            .build()) {
      byte[] nonce = store(server).issue("a", HOUR).nonce();
      thief.robs.set(1);
      assertEquals(UNKNOWN, store(robbed).consume(nonce, "a"), "the second try finds it gone");
      byte[] next = store(server).issue("a", HOUR).nonce();
      thief.robs.set(2);
      assertThrows(IllegalStateException.class, () -> store(robbed).consume(next, "a"));
      assertEquals(UNKNOWN, store(server).consume(next, "a"));
      thief.robs.set(1);
      assertThrows(IllegalStateException.class, () -> store(robbed).issue("a", HOUR));
      assertEquals(
          OUTSTANDING, store(robbed).look(store(robbed).issue("a", HOUR).nonce(), "a"));
    }
  }

  @Test
  void connectionsThatAnEarlierServerClosedCostNobodyAnAnswer() throws Exception {
    try (RedisProcess redis = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
        RedisServer server = redis.server()) {
      Contention.together(caller -> store(server).issue("a", HOUR));
      redis.kill();
      String message = assertThrows(
              IllegalStateException.class, () -> store(server).issue("a", HOUR))
          .getMessage();
      assertTrue(message.startsWith("Redis at 127.0.0.1:" + redis.port() + ": "), message);
      redis.start();
      byte[] nonce = store(server).issue("a", HOUR).nonce();
      assertEquals(OUTSTANDING, store(server).consume(nonce, "a"));
    }
  }

  @Test
  void sequencesOutliveTheServerWhenEveryWriteIsOnDisk() throws Exception {
    try (RedisProcess redis = new RedisProcess(directory, RedisProcess.EVERY_WRITE_ON_DISK);
        RedisServer server = redis.server()) {
      RedisSequenceStore store = new RedisSequenceStore(server, "s:");
      assertEquals(7, store.raise("app", 7));
      redis.kill();
      redis.start();
      assertEquals(7, store.raise("app", 6));
    }
  }

  /** A relay that hands on whole requests with scripts and cuts the connection when answered. */
  private static final class AnswerThief implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final AtomicInteger robs = new AtomicInteger();

    AnswerThief(int target) throws IOException {
      this.target = target;
      daemon(this::accept);
    }

    private static void daemon(Runnable task) {
      Thread thread = new Thread(task, "answer-thief");
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return listener.getLocalPort();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket client = listener.accept();
          daemon(() -> relay(client));
        } catch (IOException closed) {
          return;
        }
      }
    }

    private void relay(Socket client) {
      try (client;
          Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = client.getInputStream().read(buffer);
            n > 0;
            n = client.getInputStream().read(buffer)) {
          server.getOutputStream().write(buffer, 0, n);
          boolean script = new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains("run_id");
          int answer = server.getInputStream().read(buffer);
          if (script && robs.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return;
          }
          client.getOutputStream().write(buffer, 0, answer);
        }
      } catch (IOException e) {
        // One of both has gone; so does the other.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
