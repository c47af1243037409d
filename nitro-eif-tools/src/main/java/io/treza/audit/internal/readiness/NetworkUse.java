package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.eif.Channels;
import io.treza.eif.EifException;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDetails;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds signs that a program expects a network: ports, and addresses in the environment and the
 * command. E10.
 */
record NetworkUse(ImageConfig config, ImageDetails details, EnclaveTarget.Init init) {
  private static final Set<String> LOCAL_SCHEMES =
      Set.of("file", "unix", "vsock", "jar", "classpath", "data", "npipe", "fd", "pipe");
  private static final Pattern URL =
      Pattern.compile("\\b([a-zA-Z][a-zA-Z0-9+.-]{1,20})://(?:[^/\\s,;\"'@]{0,200}@)?"
          + "(\\[[0-9a-fA-F:.]{2,45}\\]|[^/\\s:,;\"'@?#]{1,253})");
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?<![\\w./@-])((?:[a-zA-Z0-9-]{1,63}\\.){1,8}[a-zA-Z]{2,20}|localhost"
          + "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]{2,45}\\]):[0-9]{2,5}(?![\\w.])");
  private static final Pattern NAMES_A_HOST =
      Pattern.compile("(?i)(?:.*_)?(?:HOST|HOSTNAME|ENDPOINT|ADDR|ADDRESS|SERVERS?|BROKERS?)");
  private static final Pattern HOST = Pattern.compile(
      "(?:[a-zA-Z0-9-]{1,63}\\.){0,8}[a-zA-Z0-9-]{1,63}|[0-9a-fA-F:]*::[0-9a-fA-F:]*");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(?:\\.[0-9]{1,3}){3}|\\[?::1\\]?");
  private static final Pattern ANY_ADDRESS = Pattern.compile("0\\.0\\.0\\.0|\\[?::\\]?");

  List<Finding> check(List<String> command) {
    Set<String> remote = new LinkedHashSet<>();
    Set<String> loopback = new LinkedHashSet<>();
    Set<String> listening = new LinkedHashSet<>();
    Stream<String> texts = Stream.concat(config.env().stream(), command.stream());
    texts.forEach(text -> {
      int equals = text.indexOf('=');
      String name = equals > 0 ? text.substring(0, equals) : "";
      for (String host : hosts(name, text.substring(equals + 1))) {
        String shown = (name.isEmpty() ? "" : CommandText.show(name) + "=") + host;
        if (LOOPBACK.matcher(host).matches()) {
          loopback.add(shown);
        } else if (ANY_ADDRESS.matcher(host).matches()) {
          listening.add(shown);
        } else {
          remote.add(shown);
        }
      }
      if (name.equals("PORT")) {
        listening.add(CommandText.show(text));
      }
    });
    List<Finding> findings = new ArrayList<>(
        init == EnclaveTarget.Init.TREZA
            ? withChannels(listening, remote)
            : withoutChannels(listening, loopback, remote));
    if (findings.isEmpty()) {
      findings.add(new Finding(
          "E10",
          Result.PASS,
          "nothing in EXPOSE, environment or command needs a network that the enclave has not",
          new Location.Whole(),
          ""));
    }
    return findings;
  }

  /** AWS's init: vsock is all there is. */
  private List<Finding> withoutChannels(
      Set<String> listening, Set<String> loopback, Set<String> remote) {
    List<Finding> findings = new ArrayList<>();
    String listen = "Listen on vsock, or put a proxy from vsock to the port into the enclave.";
    if (!details.exposedPorts().isEmpty()) {
      findings.add(port(
          "EXPOSE " + CommandText.list(details.exposedPorts())
              + ": nothing can connect there; the enclave has vsock only",
          listen));
    }
    if (!listening.isEmpty()) {
      findings.add(finding(
          "E10-listen",
          "listens on TCP: " + CommandText.list(listening) + "; nothing outside can connect to it",
          listen));
    }
    if (!loopback.isEmpty()) {
      findings.add(finding(
          "E10-loopback",
          "uses the loopback: " + CommandText.list(loopback) + "; AWS's init leaves it down",
          "Raise it before use, as ip link set lo up does."));
    }
    if (!remote.isEmpty()) {
      findings.add(finding(
          "E10-address",
          "names hosts: " + CommandText.list(remote) + "; there is neither a route nor DNS",
          "Reach them through a proxy over vsock."));
    }
    return findings;
  }

  /** This project's init: exposed ports are reached, and hosts of the label by a proxy. */
  private List<Finding> withChannels(Set<String> listening, Set<String> remote) {
    List<Finding> findings = new ArrayList<>();
    Channels channels = Channels.none();
    try {
      channels = Channels.of(details);
    } catch (EifException e) {
      findings.add(port(String.valueOf(e.getMessage()), "Build with ports and hosts of your own."));
    }
    List<String> otherThanTcp = details.exposedPorts().stream()
        .filter(port -> port.contains("/") && !port.toLowerCase(Locale.ROOT).endsWith("/tcp"))
        .toList();
    if (!otherThanTcp.isEmpty()) {
      findings.add(port(
          "EXPOSE " + CommandText.list(otherThanTcp)
              + ": nothing can connect there; channels carry TCP only",
          "Serve it over TCP, or leave it out."));
    }
    if (!listening.isEmpty() && channels.ingress().isEmpty()) {
      findings.add(finding(
          "E10-listen",
          "listens on TCP: " + CommandText.list(listening) + "; without EXPOSE nobody reaches it",
          "Add EXPOSE to the image, or build with --expose."));
    }
    List<String> allowed = channels.egress();
    List<String> unlisted =
        remote.stream().filter(shown -> !isListed(shown, allowed)).toList();
    if (!unlisted.isEmpty()) {
      findings.add(finding(
          "E10-address",
          "names hosts: " + CommandText.list(unlisted) + "; the label " + Channels.EGRESS_LABEL
              + " does not list them",
          "List those that the program must reach, with their ports, or build with --allow."));
    }
    return findings;
  }

  /** Whether a host is listed, be it below a wildcard and with whatever port. */
  private static boolean isListed(String shown, List<String> allowed) {
    String host = shown.substring(shown.indexOf('=') + 1).toLowerCase(Locale.ROOT);
    return allowed.stream()
        .map(item -> item.substring(0, item.lastIndexOf(':')))
        .anyMatch(item -> item.startsWith("*.")
            ? host.endsWith(item.substring(1)) && host.length() >= item.length()
            : host.equals(item));
  }

  private static Finding port(String message, String fix) {
    return new Finding(
        "E10-port", Result.WARN, message, new Location.Configuration("config.ExposedPorts"), fix);
  }

  /** Hosts only, so that no user name, password or query of a URL is shown. */
  private static Set<String> hosts(String name, String text) {
    Set<String> hosts = new LinkedHashSet<>();
    Matcher url = URL.matcher(text);
    while (url.find()) {
      if (!LOCAL_SCHEMES.contains(url.group(1).toLowerCase(Locale.ROOT))) {
        hosts.add(url.group(2));
      }
    }
    Matcher port = HOST_AND_PORT.matcher(text);
    while (port.find()) {
      hosts.add(port.group(1));
    }
    boolean own = LOOPBACK.matcher(text).matches() || ANY_ADDRESS.matcher(text).matches();
    boolean host = NAMES_A_HOST.matcher(name).matches() && HOST.matcher(text).matches();
    if (own || (hosts.isEmpty() && host)) {
      hosts.add(text);
    }
    return hosts;
  }

  private static Finding finding(String id, String message, String fix) {
    return new Finding(id, Result.WARN, message, new Location.Configuration("config.Env"), fix);
  }
}
