package io.treza.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Debian's docker-registry on a free port of the loopback, open to one user. */
public final class TestRegistry implements AutoCloseable {
  static final String USER = "me";
  static final String PASSWORD = "s3cret-hunter2";
  public static final String AUTH =
      Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(UTF_8));
  // Of this password, by htpasswd -B.
  private static final String HTPASSWD =
      "$2y$05$STJqC97PsLFYonTTkDPqtu9adLlGcFpSCRrIFmI8ic/WPwI6Z7gQm";
  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final Path storage;
  private final int port;

  public TestRegistry(Path directory) throws IOException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "docker-registry"))),
        "docker-registry is not installed");
    storage = Files.createDirectories(directory.resolve("storage"));
    Path users = Files.writeString(directory.resolve("htpasswd"), USER + ":" + HTPASSWD + "\n");
    Path config = Files.writeString(directory.resolve("config.yml"), """
        version: 0.1
        storage:
          filesystem:
            rootdirectory: %s
        http:
          addr: 127.0.0.1:0
        auth:
          htpasswd:
            realm: test
            path: %s
        """.formatted(storage, users));
    process = new ProcessBuilder("docker-registry", "serve", config.toString())
        .redirectErrorStream(true)
        .start();
    port = readPort();
  }

  private int readPort() throws IOException {
    BufferedReader log = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher m = LISTENING.matcher(line);
      if (m.find()) {
        Thread rest = new Thread(() -> log.lines().forEach(unused -> {}));
        rest.setDaemon(true);
        rest.start();
        return Integer.parseInt(m.group(1));
      }
      said.append(line).append('\n');
    }
    throw new IOException("docker-registry did not start: " + said);
  }

  public String name() {
    return "127.0.0.1:" + port;
  }

  /** The directory of a Docker configuration for this registry. */
  public Path dockerConfig(Path directory, String auth) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("config.json"),
        "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(name(), auth));
    return directory;
  }

  /** Pushes all blobs of an OCI layout, then its index or only manifest, as {@code repository:tag}. */
  public void push(String repository, String tag, TestImage... images)
      throws IOException, InterruptedException {
    Map<String, byte[]> files = TestImage.ociLayout(images);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (file.getKey().startsWith("blobs/")) {
        pushBlob(repository, file.getValue());
      }
    }
    for (TestImage image : images) {
      pushManifest(repository, TestImage.digest(image.manifest()), "manifest", image.manifest());
    }
    if (images.length == 1) {
      pushManifest(repository, tag, "manifest", images[0].manifest());
    } else {
      byte[] index = files.getOrDefault("index.json", new byte[0]);
      pushManifest(repository, tag, "index", index);
    }
  }

  private void pushBlob(String repository, byte[] blob) throws IOException, InterruptedException {
    HttpResponse<String> start =
        send(request("/v2/" + repository + "/blobs/uploads/").POST(BodyPublishers.noBody()), 202);
    String location = start.headers().firstValue("Location").orElseThrow();
    URI upload = URI.create("http://" + name()).resolve(location);
    send(
        request(upload.getRawPath() + "?" + upload.getRawQuery() + "&digest="
                + TestImage.digest(blob))
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(blob)),
        201);
  }

  private void pushManifest(String repository, String name, String kind, byte[] manifest)
      throws IOException, InterruptedException {
    send(
        request("/v2/" + repository + "/manifests/" + name)
            .header("Content-Type", "application/vnd.oci.image." + kind + ".v1+json")
            .PUT(BodyPublishers.ofByteArray(manifest)),
        201);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + name() + path))
        .header("Authorization", "Basic " + AUTH);
  }

  private HttpResponse<String> send(HttpRequest.Builder request, int expected)
      throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(UTF_8));
    assertEquals(expected, response.statusCode(), response::body);
    return response;
  }

  /** Where the registry keeps a blob. */
  Path file(String digest) {
    String hex = digest.substring("sha256:".length());
    return storage.resolve(
        "docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
