package io.treza.aws.eks.internal.backend;

import io.treza.attestation.PcrValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What this server itself knows of the enclaves it launches, a file each. Measurements come from
 * here, and never from the cluster, which could name those of another image.
 */
public final class Memory {
  private static final String PCR = "pcr";

  private final Path directory;

  /**
   * One enclave.
   *
   * @param debugMode whether it was asked for in debug mode
   * @param launched whether its launch came to its end
   */
  public record Entry(MadeImage image, boolean debugMode, boolean launched) {}

  /** In a directory, which is made if missing. */
  public Memory(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  /** What is known of an enclave. */
  Optional<Entry> find(String enclaveId) throws IOException {
    Properties text = new Properties();
    try {
      text.load(new StringReader(Files.readString(file(enclaveId))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    try {
      for (String name : text.stringPropertyNames()) {
        if (name.startsWith(PCR)) {
          pcrs.put(
              Integer.parseInt(name.substring(PCR.length())),
              PcrValue.ofHex(text.getProperty(name)));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file(enclaveId) + ": " + e.getMessage(), e);
    }
    String image = text.getProperty("image", "");
    if (image.isEmpty() || pcrs.headMap(3).size() != 3) {
      throw new IOException(file(enclaveId) + " lacks the image or a register: put back the data"
          + " directory, or terminate the enclave");
    }
    return Optional.of(new Entry(
        new MadeImage(image, pcrs),
        Boolean.parseBoolean(text.getProperty("debug")),
        Boolean.parseBoolean(text.getProperty("launched"))));
  }

  /** Remembers, whole or not at all. */
  void put(String enclaveId, Entry entry) throws IOException {
    StringBuilder text = new StringBuilder()
        .append("image=")
        .append(entry.image().podImage())
        .append("\ndebug=")
        .append(entry.debugMode())
        .append("\nlaunched=")
        .append(entry.launched())
        .append('\n');
    entry
        .image()
        .pcrs()
        .forEach((index, value) ->
            text.append(PCR).append(index).append('=').append(value).append('\n'));
    Path part = Files.writeString(directory.resolve(enclaveId + ".part"), text);
    Files.move(part, file(enclaveId), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Forgets. */
  void forget(String enclaveId) throws IOException {
    Files.deleteIfExists(file(enclaveId));
  }

  private Path file(String enclaveId) {
    return directory.resolve(enclaveId + ".properties");
  }
}
