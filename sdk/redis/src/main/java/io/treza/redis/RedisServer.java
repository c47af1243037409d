package io.treza.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A Redis server (6.2 or later, or Valkey) that stores share, and a pool of connections to it.
 * Thread-safe.
 *
 * <p>One server, not a cluster: with Sentinel or a managed service, the address that always leads to
 * the primary. Nothing is asked of the server before a store needs it.
 */
public final class RedisServer implements Closeable {
  private static final Pattern DATABASE = Pattern.compile("/?([0-9]{0,4})");
  private static final int DEFAULT_PORT = 6379;

  private final String name;
  private final RedisClient client;

  private RedisServer(Builder builder) {
    this.name = builder.host + ":" + builder.port;
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(builder.maxConnections);
    pool.setMaxIdle(builder.maxConnections);
    pool.setMaxWait(builder.answerTimeout);
    this.client = RedisClient.builder()
        .hostAndPort(builder.host, builder.port)
        .clientConfig(builder.clientConfig())
        .poolConfig(pool)
        .build();
  }

  /**
   * Settings for the server at an address.
   *
   * @param address {@code rediss://[[user]:password@]host[:port][/database]}, user and password
   *     percent-encoded, or {@code redis:} with {@link Builder#insecurePlaintext()}
   * @throws IllegalArgumentException if it has another form; the message repeats no password
   */
  public static Builder at(URI address) {
    return new Builder(address);
  }

  /**
   * Runs a script, atomically.
   *
   * <p>Where the connection fails it is run once more on a new one: connections that an earlier
   * server process closed are found out only so. Each script here may run twice, since whatever
   * the first run answered was heard by nobody.
   *
   * @throws IllegalStateException if the server cannot be reached, refuses or fails
   */
  Object run(String script, String key, String... values) {
    try {
      try {
        return client.eval(script, List.of(key), List.of(values));
      } catch (JedisConnectionException e) {
        client.getPool().clear();
        return client.eval(script, List.of(key), List.of(values));
      }
    } catch (JedisException e) {
      throw new IllegalStateException("Redis at " + name + ": " + reason(e), e);
    }
  }

  /** The innermost message: outer ones say only that something went wrong. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = Optional.ofNullable(cause.getMessage()).orElse("no reason given");
    String advice = advice(message);
    return advice.isEmpty() ? message : message + "; " + advice;
  }

  private static String advice(String message) {
    if (message.startsWith("READONLY")) {
      return "this is a replica: give the primary's address";
    }
    if (message.startsWith("NOAUTH") || message.startsWith("WRONGPASS")) {
      return "give user and password in the address";
    }
    if (message.startsWith("NOPERM")) {
      return "the user needs +eval +info +get +set +del on the stores' keys";
    }
    if (message.startsWith("OOM")) {
      return "raise the server's maxmemory";
    }
    return "";
  }

  /** Closes the connections; stores on it fail from then on. */
  @Override
  public void close() {
    client.close();
  }

  /** Host and port. */
  @Override
  public String toString() {
    return "RedisServer[" + name + "]";
  }

  /** Collects the settings; all but the address have defaults. */
  public static final class Builder {
    private final String host;
    private final int port;
    private final boolean tls;
    private final int database;
    private final Optional<String> user;
    private final Optional<String> password;
    private Optional<SSLContext> sslContext = Optional.empty();
    private Duration connectTimeout = Duration.ofSeconds(2);
    private Duration answerTimeout = Duration.ofSeconds(2);
    private int maxConnections = 16;
    private boolean plaintext;

    private Builder(URI address) {
      this.tls = "rediss".equals(address.getScheme());
      if (!tls && !"redis".equals(address.getScheme())) {
        throw new IllegalArgumentException(
            "a Redis address begins with rediss://, not " + address.getScheme() + ":");
      }
      Matcher path = DATABASE.matcher(Optional.ofNullable(address.getPath()).orElse(""));
      if (address.getHost() == null || !path.matches() || address.getRawQuery() != null) {
        throw new IllegalArgumentException(
            "expected rediss://[[user]:password@]host[:port][/number]");
      }
      this.host = address.getHost();
      this.port = address.getPort() == -1 ? DEFAULT_PORT : address.getPort();
      this.database = path.group(1).isEmpty() ? 0 : Integer.parseInt(path.group(1));
      Optional<String> userInfo = Optional.ofNullable(address.getRawUserInfo());
      if (userInfo.filter(text -> !text.contains(":")).isPresent()) {
        throw new IllegalArgumentException(
            "write user:password@ or :password@ in front of the host, percent-encoded");
      }
      this.user = userInfo
          .map(text -> decode(text.substring(0, text.indexOf(':'))))
          .filter(text -> !text.isEmpty());
      this.password = userInfo.map(text -> decode(text.substring(text.indexOf(':') + 1)));
    }

    private static String decode(String text) {
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }

    /** Trusts what {@code context} trusts, not what the JDK does; the host's name is verified. */
    public Builder sslContext(SSLContext context) {
      this.sslContext = Optional.of(context);
      return this;
    }

    /**
     * Allows a {@code redis:} address. Whoever is on the way then reads the password and answers in
     * the server's place: he can have a challenge used twice, and an old release accepted.
     */
    public Builder insecurePlaintext() {
      this.plaintext = true;
      return this;
    }

    /** How long a connection may take to be made; 2 seconds unless said. */
    public Builder connectTimeout(Duration limit) {
      this.connectTimeout = positive(limit);
      return this;
    }

    /** How long an answer, or a place in the pool, may be waited for; 2 seconds unless said. */
    public Builder answerTimeout(Duration limit) {
      this.answerTimeout = positive(limit);
      return this;
    }

    /** How many connections are open at most; 16 unless said. */
    public Builder maxConnections(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("there must be a connection, not " + count);
      }
      this.maxConnections = count;
      return this;
    }

    /**
     * Opens no connection yet.
     *
     * @throws IllegalArgumentException if the address is {@code redis:} without {@link
     *     #insecurePlaintext()}
     */
    public RedisServer build() {
      if (!tls && !plaintext) {
        throw new IllegalArgumentException(
            "redis:// sends passwords and challenges in the clear; write rediss://, or allow it with"
                + " insecurePlaintext()");
      }
      return new RedisServer(this);
    }

    @SuppressWarnings("deprecation") // what is to replace the three of TLS takes files only
    private DefaultJedisClientConfig clientConfig() {
      DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
          .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
          .socketTimeoutMillis(Math.toIntExact(answerTimeout.toMillis()))
          .database(database)
          .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
          .ssl(tls);
      user.ifPresent(config::user);
      password.ifPresent(config::password);
      if (tls) {
        SSLParameters parameters = new SSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        config.sslParameters(parameters);
        sslContext.ifPresent(context -> config.sslSocketFactory(context.getSocketFactory()));
      }
      return config.build();
    }

    private static Duration positive(Duration limit) {
      if (limit.toMillis() < 1 || limit.toMillis() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("a limit is 1 ms to 24 days, not " + limit);
      }
      return limit;
    }
  }
}
