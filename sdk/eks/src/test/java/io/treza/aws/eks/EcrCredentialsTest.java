package io.treza.aws.eks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.treza.image.RegistryCredential;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;

/** Which registries are ECR's, what is asked for them, and that no token is ever shown. */
class EcrCredentialsTest {
  private static final String REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  private static final String SECRET = "s3cret-hunter2";

  private final List<String> regions = new CopyOnWriteArrayList<>();
  private final List<String> targets = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private int status = 200;
  private String answer = answer("AWS:" + SECRET);

  private static String answer(String token) {
    return "{\"authorizationData\":[{\"authorizationToken\":\"%s\"}]}"
        .formatted(Base64.getEncoder().encodeToString(token.getBytes(UTF_8)));
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      targets.add(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
      byte[] body = answer.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private EcrCredentials credentials() {
    return new EcrCredentials(region -> {
      regions.add(region);
      return EcrClient.builder()
          .region(Region.of(region))
          .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
          .credentialsProvider(
              StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
          .httpClientBuilder(UrlConnectionHttpClient.builder())
          .build();
    });
  }

  private Optional<RegistryCredential> find(String registry) throws IOException {
    return credentials().find(registry, "shop/app");
  }

  private String refused() {
    String message = assertThrows(IOException.class, () -> find(REGISTRY)).getMessage();
    assertTrue(message.startsWith(REGISTRY + ": "), message);
    assertFalse(message.contains(SECRET), message);
    return message;
  }

  @Test
  void tokenIsAskedForInTheRegionOfTheRegistry() throws IOException {
    assertEquals(Optional.of(new RegistryCredential.Password("AWS", SECRET)), find(REGISTRY));
    assertEquals(List.of("eu-west-1"), regions);
    assertEquals(List.of("AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"), targets);
  }

  @Test
  void registriesOfFipsDualStackAndChinaAreEcrToo() throws IOException {
    for (String registry : List.of(
        "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        "123456789012.dkr-ecr.us-east-1.on.aws",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")) {
      assertTrue(find(registry).isPresent(), registry);
    }
    assertEquals(List.of("us-gov-west-1", "us-east-1", "cn-north-1"), regions);
  }

  @Test
  void nothingIsAskedForOtherRegistries() throws IOException {
    for (String registry : List.of(
        "docker.io",
        "public.ecr.aws",
        REGISTRY + ".example",
        REGISTRY + ":443",
        "x" + REGISTRY,
        "123456789012.dkr.ecr.eu-west-1.example.com")) {
      assertTrue(find(registry).isEmpty(), registry);
    }
    assertEquals(List.of(), targets);
  }

  @Test
  void refusalNamesThePermission() {
    status = 400;
    answer = "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}";
    String message = refused();
    assertTrue(message.contains("AccessDeniedException"), message);
    assertTrue(message.contains("ecr:GetAuthorizationToken"), message);
    answer = "";
    assertTrue(refused().contains("HTTP status 400"));
  }

  @Test
  void answerWithoutATokenIsRefused() {
    answer = "{\"authorizationData\":[]}";
    assertTrue(refused().contains("without a token"));
    answer = answer(SECRET);
    assertTrue(refused().contains("token that is none"));
    answer = "{\"authorizationData\":[{\"authorizationToken\":\"" + SECRET + "%\"}]}";
    assertTrue(refused().contains("token that is none"));
  }

  @Test
  void missingWayToAwsIsSaid() {
    server.stop(0);
    assertTrue(refused().contains("cannot be asked"));
  }
}
