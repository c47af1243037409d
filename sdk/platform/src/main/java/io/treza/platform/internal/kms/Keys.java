package io.treza.platform.internal.kms;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.platform.internal.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The simulator's keys, in memory and, with a directory, one file of JSON for each, readable by its
 * owner only: the secrets lie in it in the clear. Thread-safe.
 */
public final class Keys {
  private static final String SUFFIX = ".simulated-key.json";

  private final Account account;
  private final Optional<Path> directory;
  private final Map<String, SimulatedKey> keys = new ConcurrentHashMap<>();

  private Keys(Account account, Optional<Path> directory) {
    this.account = account;
    this.directory = directory;
  }

  /** Keys that are gone with this object. */
  public static Keys inMemory(Account account) {
    return new Keys(account, Optional.empty());
  }

  /**
   * Those of a directory, which is made if missing.
   *
   * @throws IOException if it cannot be used, or a file in it is no key; the message names it
   */
  public static Keys in(Path directory, Account account) throws IOException {
    Keys keys = new Keys(account, Optional.of(Files.createDirectories(directory)));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
        SimulatedKey key = keys.read(file);
        keys.keys.put(key.id(), key);
      }
    }
    return keys;
  }

  Optional<SimulatedKey> find(String id) {
    return Optional.ofNullable(keys.get(id));
  }

  /** Keeps a key, new or with another policy; one at a time, so that file and memory agree. */
  synchronized void put(SimulatedKey key) throws IOException {
    if (directory.isPresent()) {
      write(directory.get(), key);
    }
    keys.put(key.id(), key);
  }

  private SimulatedKey read(Path file) throws IOException {
    try {
      JsonNode node = Json.read(Files.readAllBytes(file));
      Base64.Decoder decoder = Base64.getDecoder();
      SimulatedKey key = new SimulatedKey(
          node.path("id").asText(),
          KeySpec.valueOf(node.path("spec").asText()),
          decoder.decode(node.path("secret").asText()),
          decoder.decode(node.path("public_key").asText()),
          Instant.parse(node.path("created").asText()),
          KeyPolicy.parse(node.path("policy").asText(), account));
      if (file.getFileName().toString().equals(key.id() + SUFFIX)) {
        return key;
      }
    } catch (KmsFault | RuntimeException e) {
      throw new IOException(file + " is no key of this simulator: " + e.getMessage(), e);
    }
    throw new IOException(file + " is not named after the key in it");
  }

  private static void write(Path directory, SimulatedKey key) throws IOException {
    Base64.Encoder encoder = Base64.getEncoder();
    String json = Json.text(Json.object()
        .put("id", key.id())
        .put("spec", key.spec().name())
        .put("secret", encoder.encodeToString(key.secret()))
        .put("public_key", encoder.encodeToString(key.publicKey()))
        .put("created", key.created().toString())
        .put("policy", key.policy().json()));
    OwnerOnly.write(directory.resolve(key.id() + SUFFIX), json.getBytes(StandardCharsets.UTF_8));
  }
}
