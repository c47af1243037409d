package io.treza.sdk.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.SequenceStore;
import io.treza.attestation.reference.TrustedKeys;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered is never lowered: not by restarts, crashes, threads or other processes. */
class FileSequenceStoreTest {
  @TempDir
  Path directory;

  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("sequences");
  }

  private FileSequenceStore store() {
    return new FileSequenceStore(file);
  }

  @Test
  void highestIsRememberedOfEachApplication() {
    assertEquals(3, store().raise("app", 3));
    assertEquals(3, store().raise("app", 2));
    assertEquals(3, store().raise("app", 3));
    assertEquals(0, store().raise("0 other app", 0));
    assertEquals(4, store().raise("app", 4));
    assertEquals(0, store().raise("0 other app", 0));
  }

  @Test
  void aVerifierRefusesAnOlderFileAfterARestart() throws ReferenceValuesException {
    Publisher publisher = new Publisher();
    verifier(publisher).verify(publisher.publish(5, 'a'));
    ReferenceValuesException e = assertThrows(
        ReferenceValuesException.class,
        () -> verifier(publisher).verify(publisher.publish(4, 'a')));
    assertEquals(Problem.ROLLBACK, e.problem());
  }

  private ReferenceValuesVerifier verifier(Publisher publisher) {
    return ReferenceValuesVerifier.builder(TrustedKeys.of(List.of(publisher.publicKey())), "app")
        .sequenceStore(store())
        .build();
  }

  /** As a process leaves them that is killed while it writes. */
  @Test
  void whatACrashLeavesBehindDoesNoHarm() throws IOException {
    store().raise("app", 3);
    Files.writeString(directory.resolve(".sequences.1234"), "9");
    Files.writeString(directory.resolve("sequences.lock"), "");
    assertEquals(3, store().raise("app", 1));
    assertEquals(4, store().raise("app", 4));
  }

  @Test
  void nothingIsLeftBesideTheFileButItsLock() throws IOException {
    store().raise("app", 3);
    store().raise("app", 4);
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          List.of("sequences", "sequences.lock"),
          files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"app 3\n", "3\n", "-1 app\n", "3 app\n4 app\n", "\n", "99999999999999999999 app"})
  void aDamagedFileIsAnErrorAndStaysAsItIs(String content) throws IOException {
    Files.writeString(file, content);
    UncheckedIOException e =
        assertThrows(UncheckedIOException.class, () -> store().raise("app", 9));
    assertTrue(String.valueOf(e.getMessage()).contains(file + " line "), e.getMessage());
    assertEquals(content, Files.readString(file));
  }

  @Test
  void aDirectoryThatIsNotThereIsAnError() {
    FileSequenceStore store = new FileSequenceStore(directory.resolve("none/sequences"));
    assertThrows(UncheckedIOException.class, () -> store.raise("app", 1));
  }

  @Test
  void manyStoresOfOneProcessLoseNothing() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Long>> raised = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String application = "app" + i % 8;
      long sequence = i;
      raised.add(threads.submit(() -> store().raise(application, sequence)));
    }
    for (int i = 0; i < raised.size(); i++) {
      assertTrue(raised.get(i).get() >= i);
    }
    threads.shutdown();
    for (int i = 0; i < 8; i++) {
      assertEquals(32 + i, store().raise("app" + i, 0));
    }
  }

  @Test
  void manyProcessesLoseNothing() throws IOException, InterruptedException, URISyntaxException {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              classPath(Raiser.class, FileSequenceStore.class, SequenceStore.class),
              Raiser.class.getName(),
              file.toString(),
              "app" + i)
          .inheritIO()
          .start());
    }
    for (Process process : processes) {
      assertEquals(0, process.waitFor());
    }
    for (int i = 0; i < processes.size(); i++) {
      assertEquals(Raiser.TIMES, store().raise("app" + i, 0));
    }
  }

  private static String classPath(Class<?>... types) throws URISyntaxException {
    List<String> places = new ArrayList<>();
    for (Class<?> type : types) {
      places.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
              .toString());
    }
    return String.join(File.pathSeparator, places);
  }

  /** One of several processes that share a store. */
  static final class Raiser {
    static final int TIMES = 25;

    private Raiser() {}

    /** Raises one application's number, by one each time. */
    public static void main(String[] args) {
      for (int i = 1; i <= TIMES; i++) {
        new FileSequenceStore(Path.of(args[0])).raise(args[1], i);
      }
    }
  }
}
