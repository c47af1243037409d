package io.treza.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;

/** What a request and a record say about an enclave's channels. */
class ChannelsTest {
  private static Fields fields(String json) {
    return new Fields("GET /x", new Http.Answer(200, Headers.of(), json.getBytes(UTF_8)));
  }

  private static Enclave enclave(String more) {
    return Enclave.read(fields("{\"id\":\"enc_1\",\"status\":\"DEPLOYED\"" + more + "}"));
  }

  @Test
  void anEndpointIsAnAddressThatNobodyHasResolved() {
    assertEquals(
        Map.of(
            8443, InetSocketAddress.createUnresolved("127.0.0.1", 40123),
            9443, InetSocketAddress.createUnresolved("enclave.example.com", 443),
            80, InetSocketAddress.createUnresolved("::1", 81)),
        enclave(",\"endpoints\":[{\"port\":8443,\"address\":\"127.0.0.1:40123\"},"
                + "{\"port\":9443,\"address\":\"enclave.example.com:443\"},"
                + "{\"port\":80,\"address\":\"[::1]:81\"}]")
            .endpoints());
  }

  @Test
  void whatIsNoEndpointIsNone() {
    for (String address :
        List.of("127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "a b:1", "u@h:1", "h:1/x", ":1")) {
      assertEquals(
          Map.of(),
          enclave(",\"endpoints\":[{\"port\":8443,\"address\":\"" + address + "\"}]")
              .endpoints(),
          address);
    }
    assertEquals(Map.of(), enclave(",\"endpoints\":[7,{\"port\":1}]").endpoints());
    assertEquals(Map.of(), enclave("").endpoints());
  }

  @Test
  void aSimulatedEnclaveSaysWhatAStandInNeeds() {
    assertEquals(
        Optional.of(
            new Enclave.StandIn(Path.of("/a/s"), Optional.of(URI.create("http://127.0.0.1:1")))),
        enclave(",\"standIn\":{\"agentSocket\":\"/a/s\",\"egressProxy\":\"http://127.0.0.1:1\"}")
            .standIn());
    assertEquals(
        Optional.of(new Enclave.StandIn(Path.of("/a/s"), Optional.empty())),
        enclave(",\"standIn\":{\"agentSocket\":\"/a/s\"}").standIn());
    assertEquals(Optional.empty(), enclave(",\"standIn\":{}").standIn());
  }

  @Test
  void portsAndHostsAreAddedUp() {
    Map<String, Object> config = CreateEnclaveRequest.builder("a")
        .name("n")
        .description("d")
        .region("r")
        .exposePort(8443)
        .exposePort(9443)
        .allowHost("a.example:443")
        .allowHost("*.b.example:443")
        .build()
        .providerConfig();
    assertEquals("8443,9443", config.get("exposePorts"));
    assertEquals("a.example:443,*.b.example:443", config.get("allowHosts"));
  }

  @Test
  void whatAPlatformDoesNotOfferIsNotAskedOfIt() throws IOException {
    Path own = Path.of("../platform/src/main/resources/io/treza/platform/internal/providers.json");
    List<Provider> ours = providers("{\"providers\":" + Files.readString(own) + "}");
    List<Provider> hosted =
        providers(Recording.named("providers").response().path("body").toString());
    Map<String, Object> channels = Map.of(
        "dockerImage", "a",
        "cpuCount", "2",
        "memoryMiB", "1024",
        "instanceType", "m6i.xlarge",
        "exposePorts", "8443,9443",
        "allowHosts", "a.example:443, *.b.example:443");
    assertEquals(List.of(), problems(ours, channels));
    assertEquals(
        List.of("providerConfig.allowHosts", "providerConfig.exposePorts"),
        problems(hosted, channels));
  }

  private static List<Provider> providers(String json) {
    return fields(json).list("providers", Provider::read);
  }

  private static List<String> problems(List<Provider> providers, Map<String, Object> config) {
    return RequestCheck.problems(
            providers, "aws-nitro", Optional.of("us-east-1"), Optional.of(config))
        .stream()
        .map(RequestProblem::path)
        .sorted()
        .toList();
  }
}
