package io.treza.aws.eks.played;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/**
 * An API server that keeps objects: fabric8's mock in CRUD mode, and what that lacks: server-side
 * apply, strategic merge of conditions, preconditions on the uid, and errors on demand.
 */
public final class PlayedApiServer implements ApiServer {
  // A line for every request otherwise; kept here, for the JDK keeps loggers weakly.
  private static final Logger QUIET = Logger.getLogger("io.fabric8.mockwebserver");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A header that has a request be forbidden. */
  public static final String REFUSED = "X-Treza-Refused";

  /** A request, as tests compare it. */
  public record Request(String method, String path) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private record Fault(Pattern request, int code, String message, AtomicInteger left) {}

  private final Store store = new Store();
  private KubernetesMockServer server = server();

  /** Starts it at any port. */
  public PlayedApiServer() {
    QUIET.setLevel(Level.WARNING);
    server.init();
  }

  private KubernetesMockServer server() {
    return new KubernetesMockServer(
        new Context(), new MockWebServer(), new HashMap<>(), store, false);
  }

  @Override
  public void restart() {
    int port = server.getPort();
    server.destroy();
    server = server();
    server.init(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public NamespacedKubernetesClient client() {
    return server.createClient();
  }

  @Override
  public NamespacedKubernetesClient playersClient() {
    return server.createClient(builder -> builder
        .editOrNewConfig()
        .withCustomHeaders(Map.of("X-Treza-Test", "player"))
        .endConfig());
  }

  @Override
  public boolean hasControllers() {
    return false;
  }

  @Override
  public int kubeletPort() {
    return 10250; // nobody is there: it carries no logs and no ports
  }

  @Override
  public String url() {
    return server.url("/");
  }

  @Override
  public String kubeconfig(String namespace) {
    return """
        apiVersion: v1
        kind: Config
        current-context: played
        contexts:
        - name: played
          context: {cluster: played, user: played, namespace: %s}
        clusters:
        - name: played
          cluster: {server: "%s"}
        users:
        - name: played
          user: {token: none}
        """.formatted(namespace, url());
  }

  @Override
  public List<Request> requests() {
    return List.copyOf(store.requests);
  }

  @Override
  public void failNext(int times, String request, int code, String message) {
    store.faults.add(new Fault(Pattern.compile(request), code, message, new AtomicInteger(times)));
  }

  /**
   * Says from now that callers may not, when it is asked what they may.
   *
   * @param permission for example {@code patch pods/status}
   */
  public void forbid(String permission) {
    store.forbidden.add(permission);
  }

  /** The mock gives its web sockets ten seconds to end; what has not by then is nobody's any more. */
  @Override
  public void close() {
    try {
      server.destroy();
    } catch (IllegalStateException e) {
      QUIET.warning("the played API server did not end in time: " + e.getMessage());
    }
  }

  private static final class Store extends Dispatcher {
    private final KubernetesCrudDispatcher crud = new KubernetesCrudDispatcher();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> forbidden = new CopyOnWriteArrayList<>();

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      boolean player = "player".equals(request.getHeader("X-Treza-Test"));
      if (!player) {
        Request asked = new Request(request.getMethod(), request.getPath());
        requests.add(asked);
        Optional<Fault> fault = faults.stream()
            .filter(f -> f.request().matcher(asked.toString()).find())
            .filter(f -> f.left().getAndDecrement() > 0)
            .findFirst();
        if (fault.isPresent()) {
          return error(fault.get().code(), fault.get().message());
        }
      }
      if (request.getHeader(REFUSED) != null) {
        return error(403, "forbidden: played");
      }
      if (request.getPath().endsWith("/selfsubjectaccessreviews")) {
        return review(json(request.getUtf8Body()));
      }
      String type = Optional.ofNullable(request.getHeader("Content-Type")).orElse("");
      return request.method() == HttpMethod.PATCH
              && (type.startsWith("application/apply-patch")
                  || type.startsWith("application/strategic-merge-patch"))
          ? merge(request, type.startsWith("application/apply-patch"))
          : crud.dispatch(request);
    }

    private MockResponse review(ObjectNode asked) {
      JsonNode what = asked.at("/spec/resourceAttributes");
      String subresource = what.path("subresource").asText("");
      String which = what.path("verb").asText() + " " + what.path("resource").asText()
          + (subresource.isEmpty() ? "" : "/" + subresource);
      asked.putObject("status").put("allowed", !forbidden.contains(which));
      return new MockResponse().setResponseCode(201).setBody(asked.toString());
    }

    private MockResponse merge(RecordedRequest request, boolean apply) {
      String path = request.getPath().replaceFirst("\\?.*", "").replaceFirst("/status$", "");
      // Another writer may come between reading and writing.
      for (int attempt = 0; attempt < 20; attempt++) {
        ObjectNode patch = json(request.getUtf8Body());
        MockResponse there = crud.dispatch(with(request, HttpMethod.GET, path, ""));
        if (there.code() == 404) {
          return apply
              ? crud.dispatch(with(
                  request, HttpMethod.POST, path.replaceFirst("/[^/]+$", ""), patch.toString()))
              : there;
        }
        ObjectNode old = json(new String(there.getBody().getBytes(), UTF_8));
        String uid = patch.at("/metadata/uid").asText("");
        if (!uid.isEmpty() && !uid.equals(old.at("/metadata/uid").asText())) {
          return error(409, "the UID in the precondition (" + uid + ") does not match");
        }
        ObjectNode merged = old.deepCopy();
        if (apply && patch.has("spec")) {
          merged.set("spec", json("{}"));
        }
        merge(merged, patch);
        if (merged.equals(old)) {
          return there;
        }
        String to = request.getPath().contains("/status") ? path + "/status" : path;
        MockResponse answer = crud.dispatch(with(request, HttpMethod.PUT, to, merged.toString()));
        if (answer.code() != 409) {
          return answer;
        }
      }
      return error(409, "the object is changed all the time");
    }

    /** Lists of conditions are merged by type, as Kubernetes' patchMergeKey says; others replaced. */
    private static void merge(ObjectNode into, JsonNode patch) {
      patch.properties().forEach(field -> {
        JsonNode there = into.get(field.getKey());
        if (field.getValue().isNull()) {
          into.remove(field.getKey());
        } else if (there instanceof ObjectNode object && field.getValue().isObject()) {
          merge(object, field.getValue());
        } else if (there instanceof ArrayNode array && field.getKey().equals("conditions")) {
          field.getValue().forEach(condition -> mergeCondition(array, condition));
        } else {
          into.set(field.getKey(), field.getValue());
        }
      });
    }

    private static void mergeCondition(ArrayNode into, JsonNode condition) {
      for (JsonNode there : into) {
        if (there.path("type").equals(condition.path("type"))) {
          merge((ObjectNode) there, condition);
          return;
        }
      }
      into.add(condition);
    }

    private static RecordedRequest with(
        RecordedRequest request, HttpMethod method, String path, String body) {
      Headers headers =
          Headers.builder().add("Content-Type", "application/json").build();
      return new RecordedRequest(
          request.getHttpVersion(), method, path, headers, new Buffer(body.getBytes(UTF_8)));
    }

    private static MockResponse error(int code, String message) {
      ObjectNode status = JSON.createObjectNode()
          .put("kind", "Status")
          .put("apiVersion", "v1")
          .put("status", "Failure")
          .put("message", message)
          .put("code", code);
      return new MockResponse().setResponseCode(code).setBody(status.toString());
    }

    private static ObjectNode json(String text) {
      try {
        return (ObjectNode) JSON.readTree(text);
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
