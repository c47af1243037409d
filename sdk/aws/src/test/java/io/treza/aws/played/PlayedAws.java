package io.treza.aws.played;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.treza.testsupport.Moto;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One endpoint for EC2, S3 and Systems Manager: moto's, but for what moto does not do. Commands to
 * instances are carried out, see {@link PlayedCommands}; RunInstances with a client token that was
 * used answers with the instance that it started, as EC2 does; and enclaves end with their instance.
 */
public final class PlayedAws implements AutoCloseable {
  private static final Set<String> OWN_HEADERS =
      Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding");
  private static final String NO_INSTANCES = "<DescribeInstancesResponse"
      + " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>"
      + "<reservationSet/></DescribeInstancesResponse>";
  private static final Pattern INSTANCE = Pattern.compile("<instanceId>(i-[0-9a-f]+)</instanceId>");
  private static final Pattern STATE =
      Pattern.compile("<instanceState><code>[0-9]+</code><name>[a-z-]+</name></instanceState>");

  private final Moto moto;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newFixedThreadPool(4);
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final PlayedNitro nitro = new PlayedNitro();
  private final PlayedCommands commands;
  private final Map<String, String> tokens = new ConcurrentHashMap<>();
  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
  private volatile Optional<String> tampering = Optional.empty();
  private final AtomicInteger hidden = new AtomicInteger();
  private volatile Optional<End> end = Optional.empty();
  private final Map<String, String> started = new ConcurrentHashMap<>();

  /** Starts with an empty account, in front of {@code moto}. */
  public PlayedAws(Moto moto, Path directory) throws IOException, InterruptedException {
    this.moto = moto;
    moto.reset();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    commands = new PlayedCommands(this, nitro, directory);
    server.createContext("/", this::handle);
    server.createContext("/played/nitro-cli", commands::nitroCli);
    server.setExecutor(executor);
    server.start();
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The enclaves' side. */
  public PlayedNitro nitro() {
    return nitro;
  }

  /** The instances' side. */
  public PlayedCommands commands() {
    return commands;
  }

  /**
   * Refuses the next calls of an action of EC2.
   *
   * @param times how many
   * @param status of HTTP, for example 503
   */
  public void refuseNext(String action, int times, int status, String code, String message) {
    refusals.put(action, new Refusal(new AtomicInteger(times), status, code, message));
  }

  /**
   * Has instances be seen to have ended when they are looked at by their id, for a reason of EC2's.
   *
   * @param state for example {@code terminated}
   */
  public void endInstances(String state, String code, String reason) {
    end = Optional.of(new End(new AtomicInteger(), state, code, reason));
  }

  /** The same after the first look, at which they are as they are. */
  public void endInstancesLater(String state, String code, String reason) {
    end = Optional.of(new End(new AtomicInteger(1), state, code, reason));
  }

  private record End(AtomicInteger before, String state, String code, String reason) {
    private String told(String answer) {
      if (before.getAndDecrement() > 0) {
        return answer;
      }
      return STATE
          .matcher(answer.replaceAll("(?s)<stateReason>.*?</stateReason>", ""))
          .replaceAll("<instanceState><code>48</code><name>" + state + "</name></instanceState>"
              + "<stateReason><code>" + code + "</code><message>" + reason
              + "</message></stateReason>");
    }
  }

  private record Refusal(AtomicInteger times, int status, String code, String message) {
    private byte[] body() {
      return ("<Response><Errors><Error><Code>" + code + "</Code><Message>" + message
              + "</Message></Error></Errors><RequestID>1</RequestID></Response>")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String target = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Amz-Target"))
          .orElse("");
      Optional<String> played = target.startsWith("AmazonSSM.")
          ? commands.play(target.substring("AmazonSSM.".length()), body)
          : Optional.empty();
      if (played.isPresent()) {
        int status = played.get().contains("\"__type\"") ? 400 : 200;
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
        send(exchange, status, played.get().getBytes(StandardCharsets.UTF_8));
      } else {
        forward(exchange, body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forward(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    Map<String, String> form = form(exchange, body);
    String action = form.getOrDefault("Action", "");
    String token = form.getOrDefault("ClientToken", "");
    Refusal refusal = refusals.get(action);
    if (refusal != null && refusal.times().getAndDecrement() > 0) {
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      send(exchange, refusal.status(), refusal.body());
      return;
    }
    if (action.equals("DescribeInstances") && hidden.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      send(exchange, 200, NO_INSTANCES.getBytes(StandardCharsets.UTF_8));
      return;
    }
    if (action.equals("RunInstances") && tokens.containsKey(token)) {
      String instance = tokens.get(token);
      String now = STATE
          .matcher(started.get(instance))
          .replaceFirst(Matcher.quoteReplacement(stateElement(instance)));
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      send(exchange, 200, now.getBytes(StandardCharsets.UTF_8));
      return;
    }
    if (action.equals("DescribeInstances") && form.containsKey("InstanceId.1") && end.isPresent()) {
      String now = end.get().told(new String(ask(exchange, body).body(), StandardCharsets.UTF_8));
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      send(exchange, 200, now.getBytes(StandardCharsets.UTF_8));
      return;
    }
    HttpResponse<byte[]> answer = ask(exchange, body);
    if (tampering.filter(exchange.getRequestURI().getPath()::endsWith).isPresent()
        && exchange.getRequestMethod().equals("GET")) {
      answer.body()[0] ^= 1;
    }
    if (action.equals("RunInstances") && answer.statusCode() == 200) {
      String text = new String(answer.body(), StandardCharsets.UTF_8);
      Matcher instance = INSTANCE.matcher(text);
      if (instance.find()) {
        tokens.put(token, instance.group(1));
        started.put(instance.group(1), text);
      }
    } else if (action.equals("StopInstances") || action.equals("TerminateInstances")) {
      nitro.end(form.getOrDefault("InstanceId.1", ""));
      commands.end(form.getOrDefault("InstanceId.1", ""));
    }
    answer.headers().map().forEach((name, values) -> {
      if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        exchange.getResponseHeaders().put(name, values);
      }
    });
    send(exchange, answer.statusCode(), answer.body());
  }

  private HttpResponse<byte[]> ask(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            moto.uri().resolve(exchange.getRequestURI().toString()))
        .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange.getRequestHeaders().forEach((name, values) -> {
      if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        values.forEach(value -> request.header(name, value));
      }
    });
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static Map<String, String> form(HttpExchange exchange, byte[] body) {
    Map<String, String> form = new TreeMap<>();
    String type = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type"))
        .orElse("");
    if (type.startsWith("application/x-www-form-urlencoded")) {
      for (String pair : new String(body, StandardCharsets.UTF_8).split("&")) {
        String[] parts = pair.split("=", 2);
        form.put(
            parts[0], parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return form;
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  /** The state of an instance in moto, for example {@code running}; empty if there is none. */
  String state(String instance) throws IOException, InterruptedException {
    Matcher name = Pattern.compile("<name>([a-z-]+)</name>").matcher(stateElement(instance));
    return name.find() ? name.group(1) : "";
  }

  private String stateElement(String instance) throws IOException, InterruptedException {
    Matcher state = STATE.matcher(
        query("ec2", "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=" + instance));
    return state.find() ? state.group() : "";
  }

  /** Asks moto in the query protocol. */
  public String query(String service, String form) throws IOException, InterruptedException {
    return post(service, Map.of("Content-Type", "application/x-www-form-urlencoded"), form);
  }

  /** Has another document in the place of one, as who may write documents can. */
  public void replaceDocument(String name) throws IOException, InterruptedException {
    String unused = systemsManager("DeleteDocument", "{\"Name\": \"" + name + "\"}");
    String content = "{\\\"schemaVersion\\\": \\\"2.2\\\", \\\"mainSteps\\\": []}";
    String made = systemsManager(
        "CreateDocument",
        "{\"Name\": \"" + name + "\", \"DocumentType\": \"Command\", \"Content\": \"" + content
            + "\"}");
    if (!made.contains("Hash")) {
      throw new IOException(made);
    }
  }

  /** Changes a byte of every object whose key ends so on its way to an instance. */
  public void tamperWithObjects(String end) {
    tampering = Optional.of(end);
  }

  /**
   * Has no instance be found by its tags, as for some seconds after it was started.
   *
   * @param looks how often
   */
  public void hideInstances(int looks) {
    hidden.set(looks);
  }

  /** What moto lists in a bucket. */
  public String objects(String bucket) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(moto.uri().resolve("/" + bucket + "?list-type=2"))
        .header("Authorization", authorization("s3"))
        .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** What documents of this account moto lists. */
  public String documents() throws IOException, InterruptedException {
    return systemsManager(
        "ListDocuments", "{\"Filters\": [{\"Key\": \"Owner\", \"Values\": [\"Self\"]}]}");
  }

  /** Asks moto's Systems Manager. */
  String systemsManager(String operation, String json) throws IOException, InterruptedException {
    return post(
        "ssm",
        Map.of(
            "Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AmazonSSM." + operation),
        json);
  }

  private String post(String service, Map<String, String> headers, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(moto.uri().resolve("/"))
        .header("Authorization", authorization(service))
        .POST(HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  /** moto takes the service from it, and verifies nothing. */
  static String authorization(String service) {
    return "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/" + service
        + "/aws4_request, SignedHeaders=host, Signature=none";
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    executor.shutdownNow();
    nitro.close();
    try {
      commands.endAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
