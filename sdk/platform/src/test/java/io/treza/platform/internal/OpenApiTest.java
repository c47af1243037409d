package io.treza.platform.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.attestation.AttestationVerifier;
import io.treza.platform.FakeBackend;
import io.treza.platform.Limits;
import io.treza.platform.internal.sqlite.SqliteStore;
import io.treza.platform.store.PlatformStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document and the routing table name the same routes; answers are {@code Contract}'s part. */
class OpenApiTest {
  @TempDir
  private Path directory;

  private static JsonNode document() throws IOException {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
      return Json.read(Objects.requireNonNull(in, "openapi.json").readAllBytes());
    }
  }

  private List<Route> routes() throws IOException {
    InstantSource clock = InstantSource.system();
    Metrics metrics = new Metrics();
    try (PlatformStore store = SqliteStore.open(directory.resolve("treza.db"))) {
      return new Api(
              new Lifecycle(store, new FakeBackend(), metrics, clock, Runnable::run, Runnable::run),
              store,
              new KeyRing(store, clock),
              AttestationVerifier.create(),
              Limits.builder().build(),
              metrics,
              new Traffic(metrics),
              clock)
          .routes();
    }
  }

  private static String documented(Route route) {
    return route.path().replace("**", "{path}");
  }

  @Test
  void everyRouteIsDocumentedAndNothingElse() throws IOException {
    Set<String> served = new TreeSet<>();
    Set<String> refused = new TreeSet<>();
    for (Route route : routes()) {
      if (route.method().equals("*")) {
        refused.add(documented(route));
      } else {
        served.add(route.method() + " " + documented(route));
      }
    }
    Set<String> documented = new TreeSet<>();
    Set<String> documentedAsRefused = new TreeSet<>();
    document().path("paths").properties().forEach(path -> {
      path.getValue().properties().forEach(operation -> {
        if (operation.getKey().equals("parameters")) {
          return;
        }
        if (operation.getValue().path("responses").has("501")) {
          documentedAsRefused.add(path.getKey());
        } else {
          documented.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      });
    });
    assertEquals(served, documented);
    assertEquals(refused, documentedAsRefused);
  }

  @Test
  void thePermissionOfEachRouteIsTheDocumentedOne() throws IOException {
    JsonNode document = document();
    for (Route route : routes()) {
      if (route.method().equals("*")) {
        continue;
      }
      JsonNode operation = document
          .path("paths")
          .path(documented(route))
          .path(route.method().toLowerCase(Locale.ROOT));
      String expected = "Takes any API key.";
      if (route.access() instanceof Route.Access.Open) {
        expected = "Takes no API key.";
      } else if (route.access() instanceof Route.Access.Scoped scoped) {
        expected = scoped.scope().grantable()
            ? "Takes an API key with `" + scoped.scope().word() + "`."
            : "Takes an API key that the operator made.";
      }
      String said = operation.path("description").asText();
      assertTrue(said.startsWith(expected), route + " " + said);
      assertEquals(
          route.access() instanceof Route.Access.Open,
          operation.path("security").isArray());
    }
  }

  @Test
  void everyReferenceInTheDocumentLeadsSomewhere() throws IOException {
    JsonNode document = document();
    List<String> references = document.findValuesAsText("$ref");
    assertTrue(references.size() > 100, "" + references.size());
    for (String reference : references) {
      assertTrue(!document.at(reference.substring(1)).isMissingNode(), reference);
    }
  }
}
