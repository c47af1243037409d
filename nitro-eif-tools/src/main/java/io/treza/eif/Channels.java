package io.treza.eif;

import io.treza.image.ImageDetails;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What connects an enclave with the world: the ports at which it is reached, and the hosts that it
 * may reach. Both stand in the second ramdisk, so PCR2 tells them; docs/enclave-init.md says what
 * becomes of them.
 *
 * @param ingress vsock ports, each carried to the TCP port of the same number on loopback; ascending,
 *     at most 64
 * @param egress hosts with ports: {@code api.example.com:443}, {@code *.example.com:443} for every
 *     name that ends so, or {@code 192.0.2.1:443}; sorted, at most 256
 */
public record Channels(List<Integer> ingress, List<String> egress) {
  /** The image's label that lists hosts with ports, separated by spaces or commas. */
  public static final String EGRESS_LABEL = "io.treza.egress";

  /** The TCP port on loopback where the workload finds the proxy to the hosts. */
  public static final int PROXY_PORT = 3128;

  // src/main/c/channels/limits.h: PORTS_MAX, HOSTS_MAX.
  private static final int MOST_PORTS = 64;
  private static final int MOST_HOSTS = 256;
  // The heartbeat, the attestation agent, the parent's end of egress.
  private static final int FIRST_OWN_PORT = 9000;
  private static final int LAST_OWN_PORT = 9002;

  // RFC 1123, 2.1; the last label begins with a letter: no spelling of an address is a name.
  private static final int MOST_HOST = 253;
  private static final Pattern ITEM = Pattern.compile("(\\*\\.)?(.*):([1-9][0-9]{0,4})");
  private static final Pattern NAME = Pattern.compile(
      "(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
  // docker/go-connections nat, ParsePortSpec: a port or range, and a protocol unless it is TCP.
  private static final Pattern EXPOSED =
      Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/([a-zA-Z0-9]+))?");

  /**
   * Sorts, and removes what is there twice.
   *
   * @throws IllegalArgumentException if an item is not allowed; the message names it
   */
  public Channels {
    ingress = ingress.stream().sorted().distinct().toList();
    egress = egress.stream().sorted().distinct().toList();
    ingress.forEach(Channels::requirePort);
    egress.forEach(Channels::requireHost);
    if (ingress.size() > MOST_PORTS || egress.size() > MOST_HOSTS) {
      throw new IllegalArgumentException(ingress.size() + " ports and " + egress.size()
          + " hosts: an enclave has at most " + MOST_PORTS + " and " + MOST_HOSTS);
    } else if (!egress.isEmpty() && ingress.contains(PROXY_PORT)) {
      throw new IllegalArgumentException("port " + PROXY_PORT
          + ": it is the egress proxy's, which nobody outside may use; listen on another");
    }
  }

  /** None: the enclave is reached by its attestation agent only, and reaches nothing. */
  public static Channels none() {
    return new Channels(List.of(), List.of());
  }

  /**
   * Those that an image asks for: its exposed TCP ports, and the hosts of its label {@link
   * #EGRESS_LABEL}.
   *
   * @throws EifException if one is not allowed
   */
  public static Channels of(ImageDetails image) throws EifException {
    try {
      return new Channels(
          image.exposedPorts().stream().flatMap(Channels::tcpPorts).toList(),
          Stream.of(image.labels().getOrDefault(EGRESS_LABEL, "").split("[\\s,]+"))
              .filter(host -> !host.isEmpty())
              .toList());
    } catch (IllegalArgumentException e) {
      throw new EifException("image: EXPOSE or label " + EGRESS_LABEL + ": " + e.getMessage()
          + "; or state the enclave's channels yourself");
    }
  }

  private static Stream<Integer> tcpPorts(String exposed) {
    Matcher parts = EXPOSED.matcher(exposed);
    if (!parts.matches()) {
      throw new IllegalArgumentException("\"" + exposed + "\": not a port, or port and protocol");
    } else if (!Optional.ofNullable(parts.group(3)).orElse("tcp").equalsIgnoreCase("tcp")) {
      return Stream.empty();
    }
    int first = Integer.parseInt(parts.group(1));
    int last = Optional.ofNullable(parts.group(2)).map(Integer::parseInt).orElse(first);
    if (last < first) {
      throw new IllegalArgumentException("\"" + exposed + "\": the range ends before it begins");
    }
    return IntStream.rangeClosed(first, last).boxed();
  }

  private static void requirePort(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ": ports go from 1 to 65535");
    } else if (port >= FIRST_OWN_PORT && port <= LAST_OWN_PORT) {
      throw new IllegalArgumentException("port " + port + ": " + FIRST_OWN_PORT + " to "
          + LAST_OWN_PORT + " are taken by heartbeat, attestation and egress; listen on another");
    }
  }

  private static void requireHost(String item) {
    Matcher parts = ITEM.matcher(item);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65535) {
      throw new IllegalArgumentException(
          "host \"" + item + "\": no port from 1 to 65535; write host:port");
    }
    String host = parts.group(2);
    boolean name = host.length() <= MOST_HOST && NAME.matcher(host).matches();
    if (!host.equals(host.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("host \"" + item + "\": write it in lower case");
    } else if (!name && !IPV4.matcher(host).matches()) {
      throw new IllegalArgumentException(
          "host \"" + item + "\": neither a name, nor *. and a name, nor an IPv4 address");
    } else if (parts.group(1) != null && (!name || host.indexOf('.') < 0)) {
      throw new IllegalArgumentException(
          "host \"" + item + "\": write a name of at least two labels after *.");
    }
  }
}
