package io.treza.aws.internal.ec2;

import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hands on what the console of an enclave in debug mode prints, line by line, as its instance keeps
 * it. Thread-safe.
 */
final class ConsoleLog {
  private static final String START = "0-0";
  private static final Pattern ANSWER =
      Pattern.compile("(([0-9]{1,9})-[0-9]{1,9})\\R?([A-Za-z0-9+/]*={0,2})\\s*");
  /** {@code docs/enclave-init.md}, "What it says". */
  private static final String STARTED = "treza-init: application started";

  private static final int MOST_LINE = 1 << 16;
  /** At once, some 300 kB: an enclave that prints faster than this reads must not hold its reader. */
  private static final int MOST_PIECES = 20;

  private final Reader reader;
  private final EnclaveListener listener;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private String from = START;
  private Source source = Source.BOOT;

  /** Reads a piece of it. */
  @FunctionalInterface
  interface Reader {
    /** See {@link Launch#console}. */
    String read(String from) throws IOException, InterruptedException;
  }

  ConsoleLog(Reader reader, EnclaveListener listener) {
    this.reader = reader;
    this.listener = listener;
  }

  /** Reads what there is, or the first of it if that is much. */
  synchronized void read() throws IOException, InterruptedException {
    boolean more = true;
    for (int piece = 0; more && piece < MOST_PIECES; piece++) {
      String before = from;
      Matcher answer = ANSWER.matcher(reader.read(from));
      if (!answer.matches()) {
        throw new IOException("what the instance relays is no piece of a console");
      }
      int skipped = Integer.parseInt(answer.group(2)) - part(before);
      if (skipped > 1) {
        listener.log(
            source,
            "treza: the console was read too late: about " + skipped + " MiB of it are lost");
      }
      byte[] printed = decoded(answer.group(3));
      from = answer.group(1);
      for (byte next : printed) {
        add(next);
      }
      more = !from.equals(before);
    }
  }

  private static byte[] decoded(String base64) throws IOException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IOException("what the instance relays of a console is no base64");
    }
  }

  private static int part(String place) {
    return Integer.parseInt(place.substring(0, place.indexOf('-')));
  }

  private void add(byte next) {
    if (next == '\n' || line.size() == MOST_LINE) {
      flush();
    }
    if (next != '\n' && next != '\r') {
      line.write(next);
    }
  }

  /** The last line may lack its end; what follows is another enclave's. */
  synchronized void end() {
    if (line.size() > 0) {
      flush();
    }
    from = START;
    source = Source.BOOT;
  }

  private void flush() {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    listener.log(source, text);
    if (text.startsWith(STARTED)) {
      source = Source.APPLICATION;
    }
  }
}
