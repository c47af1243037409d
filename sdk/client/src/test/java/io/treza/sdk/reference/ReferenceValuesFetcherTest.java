package io.treza.sdk.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and resources as they are, up to a size. */
class ReferenceValuesFetcherTest {
  @TempDir
  Path directory;

  @Test
  void aFileIsReadAnewEachTime() throws IOException, ReferenceValuesException {
    Path file = Files.writeString(directory.resolve("values"), "one");
    ReferenceValuesFetcher fetcher = ReferenceValuesFetcher.file(file);
    assertArrayEquals(Files.readAllBytes(file), fetcher.fetch());
    Files.writeString(file, "two");
    assertArrayEquals(Files.readAllBytes(file), fetcher.fetch());
    Files.delete(file);
    assertThrows(NoSuchFileException.class, fetcher::fetch);
  }

  @Test
  void aFileThatIsTooLargeIsNotRead() throws IOException {
    Path file = directory.resolve("values");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    ReferenceValuesException e =
        assertThrows(ReferenceValuesException.class, ReferenceValuesFetcher.file(file)::fetch);
    assertEquals(Problem.TOO_LARGE, e.problem());
    assertTrue(String.valueOf(e.getMessage()).contains(file.toString()));
  }

  @Test
  void aResourceIsFoundBesideItsAnchor() throws IOException, ReferenceValuesException {
    Class<?> anchor = ReferenceValuesFetcherTest.class;
    String name = anchor.getSimpleName() + ".class";
    byte[] file = ReferenceValuesFetcher.resource(anchor, name).fetch();
    assertEquals((byte) 0xca, file[0]);
    IOException e =
        assertThrows(IOException.class, ReferenceValuesFetcher.resource(anchor, "none")::fetch);
    assertTrue(String.valueOf(e.getMessage()).contains("no resource none"), e.getMessage());
  }
}
