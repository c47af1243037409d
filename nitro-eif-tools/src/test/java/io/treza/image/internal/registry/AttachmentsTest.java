package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.internal.http.Proxies;
import io.treza.image.internal.http.Retries;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of referrers, cosign's layout, and registries that break the rules of either. */
class AttachmentsTest {
  private static final String TYPE = "application/vnd.dsse.envelope.v1+json";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final TestImage IMAGE = TestImage.of(new Tar().file("a", "a").bytes());
  private static final String DIGEST = TestImage.digest(IMAGE.manifest());
  private static final String TAG = DIGEST.replace(':', '-');
  private static final String REFERRERS = "/v2/shop/app/referrers/" + DIGEST;
  private static final String UPLOADS = "/v2/shop/app/blobs/uploads/";
  private static final byte[] DOCUMENT = "{\"payload\":\"\"}".getBytes(UTF_8);

  @TempDir
  Path dir;

  private ScriptedServer server;
  private Optional<RegistryCredential> credential = Optional.empty();

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer().serve(IMAGE);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RegistryReference reference() {
    return RegistryReference.parse(server.registry() + "/shop/app@" + DIGEST);
  }

  private Settings settings() {
    return new Settings(
        dir.resolve("cache"),
        false,
        (registry, repository) -> credential,
        Set.of(),
        Duration.ofSeconds(30),
        (digest, done, total) -> {},
        Proxies.of(Map.of()));
  }

  private List<String> read() throws IOException {
    try (Attachments attachments =
        Attachments.reading(reference(), settings(), new Retries(Clock.systemUTC(), wait -> {}))) {
      return attachments.read(Set.of(TYPE)).stream()
          .map(b -> new String(b, UTF_8))
          .toList();
    }
  }

  private void refused(String... parts) {
    assertRefused(ImageException.class, this::read, parts);
  }

  private String attach() throws IOException {
    try (Attachments attachments = Attachments.writing(reference(), settings())) {
      return attachments.attach(TYPE, DOCUMENT).toString();
    }
  }

  /** An artifact with one layer, served; the entry of it in a list. */
  private String artifact(String subject, String type, byte[] document) {
    String digest = TestImage.digest(document);
    server.on(ScriptedServer.blob(digest), document);
    byte[] manifest =
        """
        {"schemaVersion":2,"artifactType":"%s","subject":{"digest":"%s"},"layers":[{"mediaType":"%s","digest":"%s","size":%d}]}""".formatted(type, subject, type, digest, document.length).getBytes(UTF_8);
    server.on(ScriptedServer.manifest(TestImage.digest(manifest)), manifest);
    return "{\"mediaType\":\"%s\",\"artifactType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(MANIFEST, type, TestImage.digest(manifest), manifest.length);
  }

  private String artifact(String text) {
    return artifact(DIGEST, TYPE, text.getBytes(UTF_8));
  }

  private static byte[] index(String... entries) {
    return ("{\"schemaVersion\":2,\"manifests\":[" + String.join(",", entries) + "]}")
        .getBytes(UTF_8);
  }

  @Test
  void theRegistrysListIsReadAndTheTagIsNot() throws IOException {
    server.on(REFERRERS, index(artifact("one"), artifact("two")));
    server.on(ScriptedServer.manifest(TAG), index(artifact("three")));
    assertEquals(List.of("one", "two"), read());
    assertEquals(0, server.count(ScriptedServer.manifest(TAG)));
  }

  @Test
  void allPagesAreRead() throws IOException {
    byte[] second = index(artifact("two"));
    byte[] first = index(artifact("one"));
    server.on(REFERRERS, (exchange, n) -> {
      boolean last = exchange.getRequestURI().toString().endsWith("?last=one");
      if (!last) {
        exchange.getResponseHeaders().set("Link", "<" + REFERRERS + "?last=one>; rel=\"next\"");
      }
      ScriptedServer.send(exchange, 200, last ? second : first);
    });
    assertEquals(List.of("one", "two"), read());
  }

  @Test
  void pagesWithoutEndAreRefused() {
    byte[] page = index(artifact("one"));
    server.on(REFERRERS, (exchange, n) -> {
      exchange.getResponseHeaders().set("Link", "<" + REFERRERS + "?n=" + n + ">; rel=\"next\"");
      ScriptedServer.send(exchange, 200, page);
    });
    refused("does not end");
  }

  @Test
  void aListThatGoesOnElsewhereIsRefused() {
    server.on(REFERRERS, (exchange, n) -> {
      exchange.getResponseHeaders().set("Link", "<http://127.0.0.1:1/v2/>; rel=\"next\"");
      ScriptedServer.send(exchange, 200, index());
    });
    refused("another server, 127.0.0.1");
  }

  @Test
  void withoutAListTheTagIsRead() throws IOException {
    server.on(ScriptedServer.manifest(TAG), index(artifact("one")));
    assertEquals(List.of("one"), read());
  }

  @Test
  void nothingAtAllIsNoDocument() throws IOException {
    assertEquals(List.of(), read());
  }

  @Test
  void cosignsAttestationsAreReadBesideTheOthers() throws IOException {
    server.on(REFERRERS, index(artifact("one")));
    String layers = IntStream.range(0, 2)
        .mapToObj(i -> {
          byte[] document = ("att" + i).getBytes(UTF_8);
          server.on(ScriptedServer.blob(TestImage.digest(document)), document);
          return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":4,\"annotations\":{\"predicateType\":\"x\"}}"
              .formatted(TYPE, TestImage.digest(document));
        })
        .collect(Collectors.joining(","));
    server.on(
        ScriptedServer.manifest(TAG + ".att"),
        ("{\"schemaVersion\":2,\"layers\":[" + layers + "]}").getBytes(UTF_8));
    assertEquals(List.of("one", "att0", "att1"), read());
  }

  @Test
  void whatIsOfAnotherTypeOrImageIsLeftOut() throws IOException {
    server.on(
        REFERRERS,
        index(
            artifact(DIGEST, "application/spdx+json", "sbom".getBytes(UTF_8)),
            artifact("sha256:" + "ab".repeat(32), TYPE, "other".getBytes(UTF_8)),
            artifact("mine"),
            artifact("mine")));
    assertEquals(List.of("mine"), read());
  }

  @Test
  void wrongBytesUnderADigestAreRefused() {
    String entry = artifact("one");
    server.on(REFERRERS, index(entry));
    server.on(ScriptedServer.blob(TestImage.digest("one".getBytes(UTF_8))), "won".getBytes(UTF_8));
    refused("its digest is " + TestImage.digest("won".getBytes(UTF_8)));
  }

  @Test
  void anEndlessDocumentIsCutOff() {
    String entry = artifact("one");
    server.on(REFERRERS, index(entry));
    server.on(ScriptedServer.blob(TestImage.digest("one".getBytes(UTF_8))), (exchange, n) -> {
      exchange.sendResponseHeaders(200, 1L << 40);
      byte[] much = new byte[1 << 20];
      while (true) {
        exchange.getResponseBody().write(much);
      }
    });
    refused("over " + (1 << 26) + " bytes");
  }

  @Test
  void tooManyDocumentsAreRefused() {
    server.on(
        REFERRERS,
        index(IntStream.range(0, 257).mapToObj(i -> artifact("n" + i)).toArray(String[]::new)));
    refused("more than 256 documents");
  }

  @Test
  void whatIsNoListIsRefused() {
    server.on(REFERRERS, "<html>".getBytes(UTF_8));
    refused("referrers: not well-formed JSON");
  }

  @Test
  void attachingAsksToPushAndLeavesTheListToTheRegistry() throws IOException {
    credential = Optional.of(new RegistryCredential.Password("me", "secret"));
    server.on("/token", "{\"token\":\"t0k3n\"}".getBytes(UTF_8));
    server.on(UPLOADS, (exchange, n) -> {
      if (n == 0) {
        ScriptedServer.send(
            exchange,
            401,
            "WWW-Authenticate",
            "Bearer realm=\"http://" + server.registry() + "/token\",service=\"r\"");
      } else {
        ScriptedServer.send(exchange, 202, "Location", "/upload?state=x");
      }
    });
    server.on("/upload", (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    String manifest = manifestOfArtifact();
    server.on(
        ScriptedServer.manifest(TestImage.digest(manifest.getBytes(UTF_8))),
        (exchange, n) -> ScriptedServer.send(exchange, 201, "OCI-Subject", DIGEST));
    assertEquals(TestImage.digest(manifest.getBytes(UTF_8)), attach());

    assertTrue(server.asked.stream()
        .anyMatch(a -> decoded(a).contains("scope=repository:shop/app:pull,push")));
    assertTrue(server.asked.stream()
        .anyMatch(a -> a.method().equals("PUT")
            && decoded(a).equals("/upload?state=x&digest=" + TestImage.digest(DOCUMENT))
            && a.body().equals(new String(DOCUMENT, UTF_8))
            && a.authorization().equals("Bearer t0k3n")));
    assertEquals(0, server.count(ScriptedServer.manifest(TAG)));
  }

  private static String decoded(ScriptedServer.Asked asked) {
    return URLDecoder.decode(asked.uri(), UTF_8);
  }

  /** As the specification has it: empty configuration, the document as the layer, the subject. */
  private static String manifestOfArtifact() {
    return """
        {"schemaVersion":2,"mediaType":"%1$s","artifactType":"%2$s",\
        "config":{"mediaType":"application/vnd.oci.empty.v1+json",\
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},\
        "layers":[{"mediaType":"%2$s","digest":"%3$s","size":%4$d}],\
        "subject":{"mediaType":"%1$s","digest":"%5$s","size":%6$d}}""".formatted(
            MANIFEST,
            TYPE,
            TestImage.digest(DOCUMENT),
            DOCUMENT.length,
            DIGEST,
            IMAGE.manifest().length);
  }

  @Test
  void whereThereIsNoListTheOneUnderTheTagIsExtended() throws IOException {
    server.on(UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, 202, "Location", "/upload"));
    server.on("/upload", (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    String digest = TestImage.digest(manifestOfArtifact().getBytes(UTF_8));
    server.on(
        ScriptedServer.manifest(digest),
        (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    String other = artifact("other");
    server.on(ScriptedServer.manifest(TAG), (exchange, n) -> {
      boolean reads = exchange.getRequestMethod().equals("GET");
      ScriptedServer.send(exchange, reads ? 200 : 201, reads ? index(other) : new byte[0]);
    });
    attach();
    String written = server.asked.stream()
        .filter(a -> a.method().equals("PUT") && a.uri().equals(ScriptedServer.manifest(TAG)))
        .findFirst()
        .orElseThrow()
        .body();
    JsonNode index = JsonMapper.builder().build().readTree(written);
    assertEquals(JsonMapper.builder().build().readTree(other), index.at("/manifests/0"));
    assertEquals(digest, index.at("/manifests/1/digest").textValue());
    assertEquals(TYPE, index.at("/manifests/1/artifactType").textValue());
    assertEquals(
        "application/vnd.oci.image.index.v1+json", index.at("/mediaType").textValue());
  }

  @Test
  void anUploadThatIsSentElsewhereCarriesNoCredential() throws IOException {
    credential = Optional.of(new RegistryCredential.Password("me", "secret"));
    try (ScriptedServer other = new ScriptedServer()) {
      server.on(UPLOADS, (exchange, n) -> {
        if (n == 0) {
          ScriptedServer.send(exchange, 401, "WWW-Authenticate", "Basic realm=\"r\"");
        } else {
          ScriptedServer.send(exchange, 202, "Location", "http://" + other.registry() + "/upload");
        }
      });
      assertRefused(ImageException.class, this::attach, "not found");
      assertEquals(
          List.of("null"), other.asked.stream().map(a -> a.authorization()).toList());
    }
  }

  @Test
  void aRefusalToWriteIsSaid() {
    server.on(UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, 403, new byte[0]));
    assertRefused(ImageException.class, this::attach, "upload of blob", "access denied");
    server.on(
        UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, 307, "Location", "/elsewhere"));
    assertRefused(ImageException.class, this::attach, "HTTP status 307");
  }
}
