package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.EifMeasurements;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All that there is of one simulated enclave, in a directory of its own: its image, what was
 * measured of it and whether it is paused, and what a build that was cut short has left.
 *
 * @param path the directory
 */
public record EnclaveDirectory(Path path) {
  private static final String STATE = "state.json";
  private static final String DRAFT = "state.json.new";

  /**
   * What the next process must know.
   *
   * @param egress what the image allows its workload to reach
   */
  public record State(
      EifMeasurements measurements, boolean debugMode, boolean paused, List<String> egress) {
    State paused(boolean now) {
      return new State(measurements, debugMode, now, egress);
    }
  }

  /** The enclave image. */
  public Path image() {
    return path.resolve("enclave.eif");
  }

  /** Writes what {@link #read} will return. */
  void write(State state) throws IOException {
    ObjectNode json = Json.object()
        .put("pcr0", state.measurements().pcr0())
        .put("pcr1", state.measurements().pcr1())
        .put("pcr2", state.measurements().pcr2())
        .put("debugMode", state.debugMode())
        .put("paused", state.paused());
    state.egress().forEach(json.putArray("egress")::add);
    Path draft = Files.writeString(path.resolve(DRAFT), Json.text(json));
    Files.move(draft, path.resolve(STATE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** What was written last; empty if the enclave never ran, or is gone. */
  Optional<State> read() throws IOException {
    String json;
    try {
      json = Files.readString(path.resolve(STATE));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    ObjectNode state = Json.objectOf(json);
    EifMeasurements measurements = new EifMeasurements(
        state.path("pcr0").asText(),
        state.path("pcr1").asText(),
        state.path("pcr2").asText());
    List<String> egress = new ArrayList<>();
    state.path("egress").forEach(host -> egress.add(host.asText()));
    return Optional.of(new State(
        measurements,
        state.path("debugMode").asBoolean(),
        state.path("paused").asBoolean(),
        List.copyOf(egress)));
  }

  /** Deletes it with all it holds; the state first, so that what remains is no enclave. */
  public void delete() throws IOException {
    Files.deleteIfExists(path.resolve(STATE));
    if (!Files.exists(path)) {
      return;
    }
    Files.walkFileTree(path, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path directory, IOException failure)
          throws IOException {
        if (failure != null) {
          throw failure;
        }
        Files.delete(directory);
        return FileVisitResult.CONTINUE;
      }
    });
  }
}
