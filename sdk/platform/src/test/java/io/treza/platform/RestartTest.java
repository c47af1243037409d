package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.image.FileEntry;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server leaves when it is stopped is there when the next one starts. */
@Timeout(120)
class RestartTest {
  private static final String IMAGE = "docker-archive:busybox-docker.tar";

  @TempDir
  private Path directory;

  private TrezaPlatform start() throws IOException {
    Path kernel = directory.resolve("kernel");
    Files.writeString(kernel, "a placeholder, not a kernel");
    SimulatedBackend backend = SimulatedBackend.builder(
            kernel, "reboot=k", List.of(FileEntry.directory("dev", 0755)))
        .imagesDirectory(Requirement.shared("images"))
        .workDirectory(directory.resolve("enclaves"))
        .build();
    return TrezaPlatform.builder(backend)
        .dataDirectory(directory.resolve("data"))
        .start();
  }

  @Test
  void enclavesGoOnWithTheSameMeasurements() throws Exception {
    String running;
    String paused;
    String destroyed;
    JsonNode pcrs;
    JsonNode list;
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      running = wire.create(IMAGE);
      paused = wire.create(IMAGE);
      destroyed = wire.create(IMAGE);
      for (String id : List.of(running, paused, destroyed)) {
        wire.await(id, "DEPLOYED");
      }
      wire.patch(paused, "pause");
      wire.await(paused, "PAUSED");
      wire.patch(destroyed, "terminate");
      wire.await(destroyed, "DESTROYED");
      pcrs = wire.get("/api/enclaves/" + running + "/pcrs").body().path("pcrs");
      list = wire.get("/api/enclaves?wallet=" + Wire.WALLET).body();
    }
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      assertEquals(list, wire.get("/api/enclaves?wallet=" + Wire.WALLET).body());
      assertEquals(pcrs, wire.get("/api/enclaves/" + running + "/pcrs").body().path("pcrs"));
      assertEquals(96, pcrs.path("pcr0").asText().length());
      assertValid(wire, running);
      wire.patch(paused, "resume");
      wire.await(paused, "DEPLOYED");
      assertValid(wire, paused);
      for (String id : List.of(running, paused)) {
        wire.patch(id, "terminate");
        wire.await(id, "DESTROYED");
      }
    }
    try (Stream<Path> left = Files.list(directory.resolve("enclaves"))) {
      assertEquals(
          List.of("development-root"),
          left.map(path -> path.getFileName().toString()).toList());
    }
  }

  private static void assertValid(Wire wire, String id) throws Exception {
    JsonNode verdict =
        wire.send("POST", "/api/enclaves/" + id + "/attestation/verify", "{}").body();
    assertTrue(verdict.path("isValid").asBoolean(), verdict.toString());
  }

  @Test
  void anEnclaveWhoseFilesAreGoneHasFailed() throws Exception {
    String id;
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      id = wire.create(IMAGE);
      wire.await(id, "DEPLOYED");
    }
    Files.delete(directory.resolve("enclaves").resolve(id).resolve("state.json"));
    try (TrezaPlatform platform = start()) {
      JsonNode enclave = new Wire(platform).await(id, "FAILED");
      assertEquals(
          "it was gone when the platform was started again",
          enclave.path("error_message").asText());
    }
    assertFalse(Files.exists(directory.resolve("enclaves").resolve(id)), "nothing is left of it");
  }

  @Test
  void aBackendThatFindsNothingAgainEndsItsEnclavesWithTheServer() throws Exception {
    FakeBackend backend = new FakeBackend();
    TrezaPlatform.Builder builder =
        TrezaPlatform.builder(backend).dataDirectory(directory.resolve("data"));
    backend.launches.release();
    String id;
    try (TrezaPlatform platform = builder.start()) {
      Wire wire = new Wire(platform);
      id = wire.create("a");
      wire.await(id, "DEPLOYED");
    }
    assertEquals(List.of("launch", "terminate"), backend.orders);
    try (TrezaPlatform platform = builder.start()) {
      JsonNode enclave = new Wire(platform).await(id, "FAILED");
      assertEquals(
          "it ended with the platform, which was stopped",
          enclave.path("error_message").asText());
    }
  }

  @Test
  void aDataDirectoryIsMadeForItsOwnerAlone() throws Exception {
    start().close();
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("data"))));
  }

  @Test
  void aDataDirectoryThatIsNoneIsNamed() throws Exception {
    Path file = Files.createFile(directory.resolve("data"));
    IOException e = assertThrows(IOException.class, this::start);
    assertTrue(
        e.getMessage().startsWith("the data directory " + file + " cannot be used: "),
        e.getMessage());
  }

  @Test
  void aSecondServerOnTheSameDirectoryDoesNotStart() throws Exception {
    TrezaPlatform first = start();
    try (first) {
      IOException e = assertThrows(IOException.class, this::start);
      assertTrue(e.getMessage().contains("treza.db is in use by another server"), e.getMessage());
    }
    start().close();
    first.close(); // does nothing the second time
  }
}
