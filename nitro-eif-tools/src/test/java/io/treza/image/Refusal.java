package io.treza.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** Assertions on how bad input is refused. */
public final class Refusal {
  private Refusal() {}

  /** The action throws {@code type}, and its message has every part. */
  public static void assertRefused(
      Class<? extends Exception> type, Executable action, String... parts) {
    String message = String.valueOf(assertThrows(type, action).getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "\"" + part + "\" is not in: " + message);
    }
  }

  /** Nothing was left behind. */
  public static void assertEmpty(Path directory) throws IOException {
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
