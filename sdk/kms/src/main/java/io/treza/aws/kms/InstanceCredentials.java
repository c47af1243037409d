package io.treza.aws.kms;

import io.treza.enclave.EgressProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The credentials of the parent instance's role, which an enclave on EC2 takes from the instance's
 * metadata service itself (IMDSv2; EC2 User Guide, "Use IMDS" and "Retrieve security credentials").
 *
 * <p>The way there is the enclave's egress, so the image must allow {@code 169.254.169.254:80}. It is
 * plain HTTP to whom the parent says is the service: what comes is lent by the parent, as all {@link
 * ParentCredentials} are. It is asked again after 15 minutes, or five minutes before the
 * credentials expire. Thread-safe.
 */
public final class InstanceCredentials implements Supplier<ParentCredentials> {
  private static final String HOST = "169.254.169.254";
  private static final int PORT = 80;
  private static final String ROLES = "/latest/meta-data/iam/security-credentials/";
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration KEPT = Duration.ofMinutes(15);
  private static final Duration MARGIN = Duration.ofMinutes(5);
  private static final int MOST_ANSWER = 1 << 16;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})(?: .*)?");
  private static final Pattern ROLE = Pattern.compile("[\\w+=,.@-]{1,128}");

  private final Way way;
  private final InstantSource clock;
  private Optional<Lent> lent = Optional.empty();

  /** Opens a connection to a host. */
  @FunctionalInterface
  interface Way {
    /** See {@link EgressProxy#connect}. */
    Socket connect(String host, int port, Duration limit) throws IOException;
  }

  /** What was lent, until when it is used without asking again. */
  private record Lent(ParentCredentials credentials, Instant until) {}

  InstanceCredentials(Way way, InstantSource clock) {
    this.way = way;
    this.clock = clock;
  }

  /** Through the proxy of this enclave, which {@code HTTPS_PROXY} names. */
  public static InstanceCredentials fromEnvironment() {
    return new InstanceCredentials(
        EgressProxy.fromEnvironment()::connect, InstantSource.system());
  }

  /**
   * Those that the service gave last, or gives now.
   *
   * @throws UncheckedIOException if it gives none; {@link AttestedKms} makes {@code CREDENTIALS} of it
   */
  @Override
  public synchronized ParentCredentials get() {
    Instant now = clock.instant();
    if (lent.isEmpty() || !now.isBefore(lent.get().until())) {
      try {
        lent = Optional.of(ask(now));
      } catch (IOException e) {
        throw new UncheckedIOException(
            "the instance's metadata service gives no credentials: " + e.getMessage(), e);
      }
    }
    return lent.get().credentials();
  }

  private Lent ask(Instant now) throws IOException {
    String token = answer(
        "PUT /latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 0");
    requireHeaderValue(token);
    String session = "X-aws-ec2-metadata-token: " + token;
    String role = answer("GET " + ROLES, session);
    if (!ROLE.matcher(role).matches()) {
      throw new IOException("what it names is no role; has the instance a profile with one?");
    }
    String json = answer("GET " + ROLES + role, session);
    try {
      Instant expires = Instant.parse(field(json, "Expiration"));
      ParentCredentials credentials = ParentCredentials.temporary(
          field(json, "AccessKeyId"), field(json, "SecretAccessKey"), field(json, "Token"));
      Instant early = expires.minus(MARGIN);
      Instant late = now.plus(KEPT);
      return new Lent(credentials, early.isBefore(late) ? early : late);
    } catch (DateTimeParseException | IllegalArgumentException e) {
      // Without a cause, which could show a secret.
      throw new IOException("what it gives has not the form of credentials");
    }
  }

  private static void requireHeaderValue(String token) throws IOException {
    if (!token.matches("[!-~]{1,1024}")) {
      throw new IOException("what it gives is no session's token");
    }
  }

  /** Of an object without nested ones, whose values have nothing to escape. */
  private static String field(String json, String name) throws IOException {
    Matcher field = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\"").matcher(json);
    if (!field.find()) {
      throw new IOException("what it gives has no " + name);
    }
    return field.group(1);
  }

  private String answer(String request, String headers) throws IOException {
    String head = request + " HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: close\r\n" + headers
        + "\r\n\r\n";
    String answer;
    try (Socket socket = way.connect(HOST, PORT, LIMIT)) {
      socket.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      answer = new String(in.readNBytes(MOST_ANSWER), StandardCharsets.UTF_8);
    }
    int end = answer.indexOf("\r\n\r\n");
    Matcher status = STATUS.matcher(answer.lines().findFirst().orElse(""));
    if (end < 0 || !status.matches()) {
      throw new IOException("what answers to " + request + " is no HTTP server");
    } else if (!status.group(1).equals("200")) {
      throw new IOException("it answers " + status.group(1) + " to " + request);
    }
    return answer.substring(end + 4).strip();
  }
}
