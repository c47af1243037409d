package io.treza.aws.eks.played;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.treza.aws.eks.played.PlayedApiServer.Request;
import io.treza.testsupport.ControlPlane;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Kubernetes' own API server, with its controllers and its scheduler: one for all tests of this JVM,
 * each of which finds its namespace empty.
 */
public final class RealApiServer implements ApiServer {
  private static final String PROGRAM = "treza-program";
  private static final String PLAYER = "treza-player";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Ends with this JVM, whose end the program sees. */
  private static final class Shared {
    private static final ControlPlane PLANE = start();

    private static ControlPlane start() {
      try {
        Path directory = Files.createTempDirectory("k8s");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
        return ControlPlane.start(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void remove(Path directory) {
      try {
        PLANE.close();
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
            Files.delete(file);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final ControlPlane plane;
  private final String namespace;
  private final long begin;

  private RealApiServer(ControlPlane plane, String namespace, long begin) {
    this.plane = plane;
    this.namespace = namespace;
    this.begin = begin;
  }

  /** Starts it, or makes a namespace in the one that runs. Skips the test if it is not installed. */
  static RealApiServer start(String namespace) {
    ControlPlane.requireInstalled();
    try {
      RealApiServer server =
          new RealApiServer(Shared.PLANE, namespace, Files.size(Shared.PLANE.audit()));
      server.makeNamespace();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void makeNamespace() {
    try (NamespacedKubernetesClient client = playersClient()) {
      client
          .resource(new NamespaceBuilder()
              .withNewMetadata()
              .withName(namespace)
              .endMetadata()
              .build())
          .serverSideApply();
      // No pod without: a controller makes it.
      client
          .serviceAccounts()
          .inNamespace(namespace)
          .withName("default")
          .waitUntilCondition(account -> account != null, 30, TimeUnit.SECONDS);
    }
  }

  @Override
  public NamespacedKubernetesClient client() {
    return client(new ConfigBuilder(config()).withUserAgent(PROGRAM).build());
  }

  @Override
  public NamespacedKubernetesClient playersClient() {
    return client(new ConfigBuilder(config()).withUserAgent(PLAYER).build());
  }

  /** A client for the program under test with no rights but those of a user and a group. */
  public NamespacedKubernetesClient clientAs(String user, String group) {
    return client(new ConfigBuilder(config())
        .withUserAgent(PROGRAM)
        .withImpersonateUsername(user)
        .withImpersonateGroups(group)
        .build());
  }

  private Config config() {
    return Config.fromKubeconfig(plane.kubeconfig().toFile());
  }

  private static NamespacedKubernetesClient client(Config config) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .build()
        .adapt(NamespacedKubernetesClient.class);
  }

  /** Says what the enclave's container of a pod wrote. */
  public void writeLog(String inNamespace, String pod, String text) throws IOException {
    Path file = plane.logs().resolve(inNamespace).resolve(pod).resolve("enclave");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Override
  public boolean hasControllers() {
    return true;
  }

  @Override
  public int kubeletPort() {
    return plane.kubeletPort();
  }

  @Override
  public String url() {
    return Assumptions.abort("Kubernetes' own API server knows its callers, or refuses them");
  }

  @Override
  public String kubeconfig(String inNamespace) {
    try {
      return Files.readString(plane.kubeconfig())
          .replace("context: {cluster", "context: {namespace: \"" + inNamespace + "\", cluster");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Request> requests() {
    return audit().stream()
        .map(event -> new Request(
            method(event.path("verb").asText()), event.path("requestURI").asText()))
        .toList();
  }

  private static String method(String verb) {
    return switch (verb) {
      case "create" -> "POST";
      case "update" -> "PUT";
      case "patch" -> "PATCH";
      case "delete", "deletecollection" -> "DELETE";
      default -> "GET";
    };
  }

  /** What the program under test asked, as the audit log has it (audit.k8s.io/v1). */
  public List<JsonNode> audit() {
    List<JsonNode> events = new ArrayList<>();
    try (InputStream log = Files.newInputStream(plane.audit())) {
      log.skipNBytes(begin);
      for (String line :
          new String(log.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        JsonNode event = JSON.readTree(line);
        if (event.path("userAgent").asText().startsWith(PROGRAM)) {
          events.add(event);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return events;
  }

  @Override
  public void failNext(int times, String request, int code, String message) {
    Assumptions.abort("Kubernetes' own API server gives no error on demand");
  }

  @Override
  public void restart() {
    Assumptions.abort("Kubernetes' own API server is shared by the tests of a class");
  }

  @Override
  public void close() {
    // The next test's namespace was emptied by those who played in it.
  }
}
