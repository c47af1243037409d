package io.treza.platform.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 24 clients create, move and delete enclaves while the server is killed ten times: no enclave is
 * lost, doubled or stuck. {@code treza.kill.seconds} says for how long.
 */
class KillTest {
  private static final int CLIENTS = 24;
  private static final int KILLS = 10;
  private static final int SECONDS = Integer.getInteger("treza.kill.seconds", 10);
  private static final Set<String> RUNNING = Set.of("DEPLOYED", "PAUSED");

  @TempDir
  private Path directory;

  private final AtomicReference<KilledServer> server = new AtomicReference<>();
  private volatile boolean done;

  @Test
  void noEnclaveIsLostDoubledOrStuck() throws Exception {
    Path images = Requirement.shared("images");
    Client client = new Client(server::get);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    server.set(start(images));
    try {
      List<Future<?>> lives = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(i);
        lives.add(clients.submit(() -> {
          while (!done) {
            live(client, random);
          }
          return null;
        }));
      }
      for (int i = 0; i < KILLS; i++) {
        int launches = client.launches.get();
        Thread.sleep(1000L * SECONDS / KILLS);
        // On a slow machine, too, each server gets something done.
        while (client.launches.get() < launches + 3 && lives.stream().noneMatch(Future::isDone)) {
          Thread.sleep(20);
        }
        server.get().kill();
        server.set(start(images));
      }
      done = true;
      for (Future<?> life : lives) {
        life.get();
      }
      Map<String, String> before = check(client);
      server.get().stop();
      server.set(start(images));
      assertEquals(before, check(client), "after a stop in good order");
      System.out.printf(
          "%d clients, %d kills: %d requests answered, %d cut off; %d enclaves created, none lost,"
              + " doubled or stuck: %s%n",
          CLIENTS,
          KILLS,
          client.requests.get(),
          client.cutOff.get(),
          client.enclaves.size(),
          client.enclaves.values().stream()
              .collect(Collectors.groupingBy(s -> s, TreeMap::new, Collectors.counting())));
    } finally {
      done = true;
      clients.shutdownNow();
      server.get().kill();
    }
  }

  private KilledServer start(Path images) throws IOException {
    return KilledServer.start(directory, images, Client.WALLET);
  }

  /** A life, which may stop at each stage. */
  private static void live(Client client, Random random) throws InterruptedException {
    String id = client.create();
    client.await(id, "DEPLOYED");
    client.launches.incrementAndGet();
    client.verify(id);
    if (random.nextBoolean()) {
      client.move(id, "pause", "PAUSED");
      if (random.nextBoolean()) {
        client.move(id, "resume", "DEPLOYED");
        client.verify(id);
      }
    }
    if (random.nextInt(10) < 7) {
      client.move(id, "terminate", "DESTROYED");
      if (random.nextBoolean()) {
        client.delete(id);
      }
    }
  }

  /** Holds what the server and its backend have against what they acknowledged. */
  private Map<String, String> check(Client client) throws InterruptedException, IOException {
    Map<String, String> acknowledged = new TreeMap<>(client.enclaves);
    acknowledged.values().removeIf("deleted"::equals);
    Map<String, String> kept = new TreeMap<>();
    JsonNode list = client.get("/api/enclaves?wallet=" + Client.WALLET).body().path("enclaves");
    for (JsonNode enclave : list) {
      kept.put(enclave.path("id").asText(), enclave.path("status").asText());
    }
    assertEquals(list.size(), kept.size(), "an id twice");
    assertEquals(acknowledged, kept);

    Set<String> running = new TreeSet<>();
    Set<String> measured = new TreeSet<>();
    for (Map.Entry<String, String> enclave : kept.entrySet()) {
      if (RUNNING.contains(enclave.getValue())) {
        running.add(enclave.getKey());
        measured.add(client
            .get("/api/enclaves/" + enclave.getKey() + "/pcrs")
            .body()
            .path("pcrs")
            .toString());
      }
    }
    assertEquals(1, measured.size(), "all are of one image: " + measured);
    try (Stream<Path> files = Files.list(directory.resolve("enclaves"))) {
      assertEquals(
          running,
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.equals("development-root"))
              .collect(Collectors.toCollection(TreeSet::new)),
          "what the backend runs");
    }
    for (Map.Entry<String, String> key : client.keys.entrySet()) {
      Client.Answer again = client.createWith(key.getValue());
      if (kept.containsKey(key.getKey())) {
        assertEquals(key.getKey(), again.body().at("/enclave/id").asText(), "" + again);
      } else {
        assertEquals(410, again.status(), "" + again);
      }
    }
    assertTrue(client.cutOff.get() > 0, "no kill was noticed");
    return kept;
  }
}
