package io.treza.aws.played;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.treza.aws.played.PlayedNitro.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Systems Manager's Run Command: takes a command as its document allows it, puts the parameters into
 * the document's script and runs that on this machine, with stand-ins for an instance's programs.
 */
public final class PlayedCommands {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_OUTPUT = 24_000;
  private static final int MOST_ERRORS = 8_000;
  private static final List<String> STAND_INS =
      List.of(
          "aws",
          "cloud-init",
          "journalctl",
          "nitro-cli",
          "systemctl",
          "systemd-run",
          "sitecustomize.py");

  private final PlayedAws aws;
  private final PlayedNitro nitro;
  private final Path directory;
  private final Path programs;
  private final Map<String, ObjectNode> ended = new ConcurrentHashMap<>();
  private final List<Map<String, String>> sent = new ArrayList<>();
  private final Deque<String> first = new ArrayDeque<>();
  private Optional<String> printed = Optional.empty();
  private int looksUntilOnline = 1;
  private boolean silent;

  PlayedCommands(PlayedAws aws, PlayedNitro nitro, Path directory) throws IOException {
    this.aws = aws;
    this.nitro = nitro;
    this.directory = directory;
    this.programs = Files.createDirectories(directory.resolve("programs"));
    for (String name : STAND_INS) {
      try (InputStream in = PlayedCommands.class.getResourceAsStream(name)) {
        Path file = Files.write(programs.resolve(name), in.readAllBytes());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  /**
   * Has the next looks at a command find this, one after the other: a status, or {@code
   * InvocationDoesNotExist}. Then they find how it ended.
   */
  public synchronized void firstFind(String... statuses) {
    first.addAll(Arrays.asList(statuses));
  }

  /** Has the next command have printed this instead. */
  public synchronized void print(String output) {
    printed = Optional.of(output);
  }

  /** Has no instance ever report. */
  public synchronized void stayOffline() {
    silent = true;
  }

  /** The parameters of every command that was taken. */
  public synchronized List<Map<String, String>> sent() {
    return List.copyOf(sent);
  }

  /**
   * How a unit of an instance was started last: the arguments of systemd-run, one a line.
   *
   * @throws IOException if it never was
   */
  public List<String> unit(String instance, String unit) throws IOException {
    return Files.readAllLines(units(instance).resolve(unit + ".arguments"));
  }

  /** Whether a unit of an instance runs. */
  public boolean runs(String instance, String unit) {
    return Files.exists(units(instance).resolve(unit + ".pid"));
  }

  private Path units(String instance) {
    return directory.resolve(instance).resolve("units");
  }

  /** Ends all units of an instance, as when it stops. */
  void end(String instance) throws IOException, InterruptedException {
    if (Files.exists(units(instance))) {
      try (Stream<Path> files = Files.list(units(instance))) {
        for (Path pid : files.filter(file -> file.toString().endsWith(".pid")).toList()) {
          int unused = new ProcessBuilder("kill", "--", "-" + Files.readString(pid).strip())
              .start()
              .waitFor();
          Files.delete(pid);
        }
      }
    }
  }

  /** Ends all units of all instances. */
  void endAll() throws IOException, InterruptedException {
    try (Stream<Path> instances = Files.list(directory)) {
      for (Path instance : instances.toList()) {
        end(instance.getFileName().toString());
      }
    }
  }

  /** Has nitro-cli have written something down on every instance. */
  public void logs(String file, String text) throws IOException {
    Files.writeString(Files.createDirectories(directory.resolve("log")).resolve(file), text);
  }

  /** Where an instance keeps what it needs. */
  public Path keeps(String instance) {
    return directory.resolve(instance).resolve("lib");
  }

  /** The answer, an error if it has a {@code __type}; empty if moto is to answer. */
  synchronized Optional<String> play(String operation, byte[] body)
      throws IOException, InterruptedException {
    JsonNode request = JSON.readTree(body);
    return switch (operation) {
      case "DescribeInstanceInformation" -> Optional.of(information(request));
      case "SendCommand" -> Optional.of(send(request));
      case "GetCommandInvocation" -> Optional.of(invocation(request));
      default -> Optional.empty();
    };
  }

  private String information(JsonNode request) throws IOException, InterruptedException {
    String instance = request.at("/InstanceInformationFilterList/0/valueSet/0").asText();
    ObjectNode answer = JSON.createObjectNode();
    // An agent takes its time to report.
    boolean online = !silent && looksUntilOnline-- <= 0 && aws.state(instance).equals("running");
    if (online) {
      looksUntilOnline = 1;
      answer
          .putArray("InstanceInformationList")
          .addObject()
          .put("InstanceId", instance)
          .put("PingStatus", "Online");
    } else {
      answer.putArray("InstanceInformationList");
    }
    return answer.toString();
  }

  private String send(JsonNode request) throws IOException, InterruptedException {
    String instance = request.at("/InstanceIds/0").asText();
    String name = request.path("DocumentName").asText();
    JsonNode described = JSON.readTree(aws.systemsManager(
        "DescribeDocument", JSON.createObjectNode().put("Name", name).toString()));
    if (!described.has("Document")) {
      return error("InvalidDocument", "There is no document " + name);
    } else if (!described
        .at("/Document/Hash")
        .asText()
        .equals(request.path("DocumentHash").asText())) {
      return error("InvalidDocument", "The document's hash is another");
    } else if (!aws.state(instance).equals("running")) {
      return error("InvalidInstanceId", "Instances not in a valid state for account");
    }
    JsonNode document = JSON.readTree(JSON.readTree(aws.systemsManager(
            "GetDocument", JSON.createObjectNode().put("Name", name).toString()))
        .path("Content")
        .asText());
    Map<String, String> values = new TreeMap<>();
    request
        .path("Parameters")
        .properties()
        .forEach(p -> values.put(p.getKey(), p.getValue().get(0).asText()));
    Optional<String> wrong = wrongParameter(document.path("parameters"), values);
    if (wrong.isPresent()) {
      return error("InvalidParameters", wrong.get());
    }
    sent.add(Map.copyOf(values));
    String command = UUID.randomUUID().toString();
    ended.put(command, outcome(run(instance, values.get("region"), script(document, values))));
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("Command").put("CommandId", command).put("Status", "Pending");
    return answer.toString();
  }

  private static Optional<String> wrongParameter(JsonNode forms, Map<String, String> values) {
    for (Map.Entry<String, String> value : values.entrySet()) {
      JsonNode form = forms.path(value.getKey());
      boolean listed = false;
      for (JsonNode allowed : form.path("allowedValues")) {
        listed |= allowed.asText().equals(value.getValue());
      }
      boolean fits = form.has("allowedPattern")
          && Pattern.compile(form.path("allowedPattern").asText())
              .matcher(value.getValue())
              .find();
      if (!listed && !fits) {
        return Optional.of("Parameter " + value.getKey() + " is unknown or of another form");
      }
    }
    return Optional.empty();
  }

  private static String script(JsonNode document, Map<String, String> values) {
    StringBuilder lines = new StringBuilder();
    document
        .at("/mainSteps/0/inputs/runCommand")
        .forEach(line -> lines.append(line.asText()).append('\n'));
    String script = lines.toString();
    for (Map.Entry<String, JsonNode> form : document.path("parameters").properties()) {
      String value =
          values.getOrDefault(form.getKey(), form.getValue().path("default").asText());
      script = script.replace("{{ " + form.getKey() + " }}", value);
    }
    return script;
  }

  private Outcome run(String instance, String region, String script)
      throws IOException, InterruptedException {
    Path home = Files.createDirectories(directory.resolve(instance));
    Path file = Files.writeString(home.resolve("_script.sh"), script);
    Path out = home.resolve("stdout");
    Path err = home.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder("sh", file.toString())
        .redirectOutput(out.toFile())
        .redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", programs + ":/usr/bin:/bin");
    environment.put("PYTHONPATH", programs.toString());
    environment.put("TREZA_PARENT_DIRECTORY", home.resolve("lib").toString());
    environment.put("TREZA_NITRO_LOGS", directory.resolve("log").toString());
    environment.put("PLAYED_UNITS", units(instance).toString());
    environment.put("PLAYED_AWS", aws.uri().toString());
    environment.put("PLAYED_S3", PlayedAws.authorization("s3"));
    environment.put("PLAYED_INSTANCE", instance + "/" + region);
    environment.put("PLAYED_VSOCK", Integer.toString(nitro.vsockPort()));
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("the script hangs");
    }
    Outcome outcome =
        new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    Optional<String> instead = printed;
    printed = Optional.empty();
    return instead.map(text -> new Outcome(0, text, "")).orElse(outcome);
  }

  private static ObjectNode outcome(Outcome outcome) {
    String status = outcome.status() == 0 ? "Success" : "Failed";
    return JSON.createObjectNode()
        .put("Status", status)
        .put("StatusDetails", status)
        .put("ResponseCode", outcome.status())
        .put("StandardOutputContent", cut(outcome.stdout(), MOST_OUTPUT))
        .put("StandardErrorContent", cut(outcome.stderr(), MOST_ERRORS));
  }

  private static String cut(String text, int most) {
    return text.length() > most ? text.substring(0, most) : text;
  }

  private String invocation(JsonNode request) {
    String status = first.isEmpty() ? "" : first.remove();
    if (status.equals("InvocationDoesNotExist")) {
      return error("InvocationDoesNotExist", "");
    }
    ObjectNode found = ended.get(request.path("CommandId").asText()).deepCopy();
    if (!status.isEmpty()) {
      found.put("Status", status).put("StatusDetails", status).put("StandardOutputContent", "");
    }
    return found.toString();
  }

  private static String error(String type, String message) {
    return JSON.createObjectNode().put("__type", type).put("message", message).toString();
  }

  /** What the stand-in for nitro-cli asks: a line for each argument; the answer's first is the status. */
  void nitroCli(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] instance = exchange.getRequestHeaders().getFirst("X-Instance").split("/");
      List<String> arguments = new String(
              exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
      Outcome outcome = nitro.nitroCli(instance[0], instance[1], arguments);
      byte[] body = (outcome.status() + "\n" + outcome.stderr().lines().count() + "\n"
              + outcome.stderr() + outcome.stdout())
          .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
