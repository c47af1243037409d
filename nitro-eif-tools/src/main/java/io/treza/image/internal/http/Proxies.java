package io.treza.image.internal.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.ImageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that the environment names, as curl, Go and so Docker take them: {@code HTTPS_PROXY}
 * and {@code HTTP_PROXY} by the scheme of what is asked for, {@code NO_PROXY} for exceptions, each
 * also in lower case. Without any of them, those of the JDK's properties.
 *
 * <p>A server on this machine is never asked through a proxy.
 */
public final class Proxies extends ProxySelector {
  private static final String HEADER = "Proxy-Authorization";
  private static final PlainHttp LOOPBACK = new PlainHttp(Set.of());

  private final Map<String, HttpUrl> byScheme;
  private final List<String> exceptions;

  private Proxies(Map<String, HttpUrl> byScheme, List<String> exceptions) {
    this.byScheme = Map.copyOf(byScheme);
    this.exceptions = List.copyOf(exceptions);
  }

  /**
   * Reads an environment.
   *
   * @throws IllegalArgumentException if a variable names no proxy over HTTP
   */
  public static Proxies of(Map<String, String> environment) {
    Map<String, HttpUrl> byScheme = new HashMap<>();
    for (String scheme : List.of("http", "https")) {
      proxy(environment, scheme + "_proxy").ifPresent(url -> byScheme.put(scheme, url));
    }
    List<String> exceptions = new ArrayList<>();
    for (String exception : variable(environment, "no_proxy").orElse("").split(",")) {
      if (!exception.isBlank()) {
        exceptions.add(exception.strip().toLowerCase(Locale.ROOT));
      }
    }
    return new Proxies(byScheme, exceptions);
  }

  /** The lower-case name first, as curl has it. */
  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(
            environment.getOrDefault(name, environment.get(name.toUpperCase(Locale.ROOT))))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static Optional<HttpUrl> proxy(Map<String, String> environment, String name) {
    Optional<String> value = variable(environment, name);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    HttpUrl url =
        HttpUrl.parse(value.get().contains("://") ? value.get() : "http://" + value.get());
    if (url == null || url.isHttps()) {
      // Not quoted: it may hold a password.
      throw new IllegalArgumentException(name.toUpperCase(Locale.ROOT)
          + ": not the address of a proxy over HTTP, such as http://proxy.example:3128");
    }
    return Optional.of(url);
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = String.valueOf(uri.getHost());
    HttpUrl proxy = byScheme.get(String.valueOf(uri.getScheme()));
    if (LOOPBACK.allows(host) || isException(host, uri.getPort())) {
      return List.of(Proxy.NO_PROXY);
    }
    if (proxy != null) {
      // Resolved by whoever connects.
      return List.of(new Proxy(
          Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.host(), proxy.port())));
    }
    ProxySelector jdk = ProxySelector.getDefault();
    return byScheme.isEmpty() && jdk != null ? jdk.select(uri) : List.of(Proxy.NO_PROXY);
  }

  /** {@code *}, or a host or domain with or without a dot before it, and perhaps a port. */
  private boolean isException(String host, int port) {
    String name = host.toLowerCase(Locale.ROOT);
    return exceptions.stream().anyMatch(exception -> {
      String domain = exception.replaceFirst(":[0-9]+$", "").replaceFirst("^\\*?\\.", "");
      boolean anyPort = !exception.matches(".*:[0-9]+") || exception.endsWith(":" + port);
      return exception.equals("*")
          || (anyPort && (name.equals(domain) || name.endsWith("." + domain)));
    });
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // The failure is what the request ends with.
  }

  /**
   * The request again with the proxy's user and password, if the environment has them.
   *
   * @throws ImageException if the proxy asks for them and there are none, or other ones
   */
  @Nullable
  Request authenticate(@Nullable Route route, Response response) throws ImageException {
    boolean https = response.request().url().isHttps();
    String variable = https ? "HTTPS_PROXY" : "HTTP_PROXY";
    Optional<String> credential = Optional.ofNullable(byScheme.get(https ? "https" : "http"))
        .filter(proxy -> !proxy.username().isEmpty())
        .map(proxy -> Credentials.basic(proxy.username(), proxy.password(), UTF_8));
    // OkHttp asks once before the proxy does.
    boolean asked = response.challenges().stream()
        .noneMatch(challenge -> challenge.scheme().equalsIgnoreCase("OkHttp-Preemptive"));
    if (asked && credential.isEmpty()) {
      throw new ImageException("the proxy wants a user and password; write them into " + variable
          + ", as in http://user:password@proxy.example:3128");
    }
    if (asked && response.request().header(HEADER) != null) {
      throw new ImageException("the proxy refuses the user and password in " + variable);
    }
    return credential
        .map(value -> response.request().newBuilder().header(HEADER, value).build())
        .orElse(null);
  }
}
