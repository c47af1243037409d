package io.treza.eif.init;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The reader of init's file, in C and under sanitizers: it takes one form, and nothing else harms it. */
@Timeout(120)
class ProcessReaderTest {
  private static final List<String> GOOD = List.of(
      "treza-process-2",
      "heartbeat=tolerated",
      "agent=yes",
      "harden=yes",
      "1",
      "443",
      "1",
      "a.test:443",
      "1000",
      "4294967294",
      "2",
      "50",
      "0",
      "/w",
      "1",
      "/run",
      "2",
      "a",
      "",
      "2",
      "A=b",
      "\u0001\u00ff\n");

  @TempDir
  Path directory;

  private static byte[] file(List<String> fields) {
    return (String.join("\0", fields) + "\0").getBytes(ISO_8859_1);
  }

  private static byte[] with(int field, String... values) {
    List<String> fields = new ArrayList<>(GOOD);
    fields.remove(field);
    fields.addAll(field, List.of(values));
    return file(fields);
  }

  /** What the reader says to each file, one character a byte. */
  private List<String> read(List<byte[]> files) throws IOException, InterruptedException {
    Path in = directory.resolve("in");
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(in))) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      DataOutputStream each = new DataOutputStream(all);
      for (byte[] file : files) {
        each.writeInt(file.length);
        each.write(file);
      }
      out.write(all.toByteArray());
    }
    ProcessBuilder builder =
        new ProcessBuilder(TestPrograms.processEcho(directory).toString());
    // Init keeps what it has read, and ends when it refuses.
    builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
    Path errors = directory.resolve("errors");
    Process process =
        builder.redirectInput(in.toFile()).redirectError(errors.toFile()).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor(), Files.readString(errors, UTF_8));
    List<String> answers = new ArrayList<>();
    DataInputStream answer = new DataInputStream(new ByteArrayInputStream(output));
    while (answer.available() > 0) {
      answers.add(new String(answer.readNBytes(answer.readInt()), ISO_8859_1));
    }
    assertEquals(files.size(), answers.size());
    return answers;
  }

  @Test
  void itUnderstandsEveryFieldWithAnyByte() throws Exception {
    assertEquals(List.of(new String(file(GOOD), ISO_8859_1)), read(List.of(file(GOOD))));
  }

  @Test
  void itRefusesWhatDoesNotFitAndSaysWhy() throws Exception {
    String number = "has a number that is none or too large";
    assertEquals(
        List.of(
            "is of no version known here",
            "lacks heartbeat=",
            "lacks agent=",
            "lacks harden=",
            number,
            number,
            number,
            number,
            number,
            number,
            "counts more items than it has, or than memory holds",
            "counts more items than it has, or than memory holds",
            "has a directory that is not absolute",
            "has a writable directory that is not absolute",
            "has no command",
            "goes on after its last field",
            "ends before its last field",
            "ends before its last field"),
        read(List.of(
            with(0, "treza-process-1"),
            with(1, "heartbeat=no"),
            with(2, "agent="),
            with(3, "harden"),
            with(8, ""),
            with(8, "-1"),
            with(8, "01"),
            with(8, "4294967295"),
            with(8, "99999999999999999999"),
            with(10, "65537"),
            with(16, "8388608"),
            with(14, "100"),
            with(13, "w"),
            with(15, "run"),
            // No arguments, so that both of them have to be of something else.
            file(List.of(
                "treza-process-2",
                "heartbeat=off",
                "agent=no",
                "harden=no",
                "0",
                "0",
                "0",
                "0",
                "0",
                "/",
                "0",
                "0",
                "0")),
            with(21, "x", "y"),
            with(19, "3"),
            new byte[0])));
  }

  @Test
  void noCutIsTakenForTheWhole() throws Exception {
    byte[] good = file(GOOD);
    List<byte[]> cuts = new ArrayList<>();
    for (int length = 1; length < good.length; length++) {
      cuts.add(Arrays.copyOf(good, length));
    }
    for (String answer : read(cuts)) {
      assertEquals(-1, answer.indexOf('\0'), answer);
    }
  }

  @Test
  void whateverItTakesItHasUnderstoodWholly() throws Exception {
    Random random = new Random(1);
    byte[] good = file(GOOD);
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = good.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        int value =
            random.nextBoolean() ? "0123456789".charAt(random.nextInt(10)) : random.nextInt(256);
        changed[random.nextInt(changed.length)] = (byte) value;
      }
      files.add(changed);
    }
    List<String> answers = read(files);
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i).indexOf('\0') >= 0) {
        assertEquals(new String(files.get(i), ISO_8859_1), answers.get(i));
      }
    }
  }
}
