package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.treza.publish.KmsGrant;
import io.treza.publish.KmsKeyReader;
import io.treza.publish.KmsKeyState;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.GrantOperation;

/** What is in force for a key is read from its region, all of it, and a refusal names the action. */
@ExtendWith(MotoExtension.class)
class KmsKeysTest {
  private static final String KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234";
  private static final String POLICY = "{\"Version\": \"2012-10-17\", \"Statement\": []}";

  private static KmsClient client(URI endpoint, Region region) {
    return client(
        endpoint,
        region,
        StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "secret")));
  }

  private static KmsClient client(URI endpoint, Region region, AwsCredentialsProvider credentials) {
    return KmsClient.builder()
        .region(region)
        .endpointOverride(endpoint)
        .credentialsProvider(credentials)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  @Test
  void policyAndAllGrantsAreRead(Moto moto) throws Exception {
    Set<KmsGrant> made = new HashSet<>();
    String key;
    try (KmsClient admin = client(moto.uri(), Region.EU_WEST_1)) {
      key = admin.createKey(request -> request.policy(POLICY)).keyMetadata().arn();
      for (int i = 0; i < 3; i++) {
        String grantee = "arn:aws:iam::123456789012:role/r" + i;
        String id = admin
            .createGrant(request -> request
                .keyId(key)
                .granteePrincipal(grantee)
                .operations(GrantOperation.DECRYPT, GrantOperation.ENCRYPT))
            .grantId();
        made.add(new KmsGrant(id, grantee, List.of("Decrypt", "Encrypt")));
      }
    }
    KmsKeyState state = new KmsKeys(region -> client(moto.uri(), region)).read(key);
    assertEquals(POLICY, state.policy());
    assertEquals(made, new HashSet<>(state.grants()));
  }

  /** Pages, which moto does not make, and an operation that this SDK does not know. */
  @Test
  void grantsOfEveryPageAreRead() throws Exception {
    try (Played kms = new Played((operation, body) -> switch (operation) {
      case "GetKeyPolicy" -> "{\"Policy\": \"{}\"}";
      default ->
        body.contains("\"Marker\":\"m1\"")
            ? grants("g2", "DecryptByOracle", "\"Truncated\": false")
            : grants("g1", "Decrypt", "\"Truncated\": true, \"NextMarker\": \"m1\"");
    })) {
      assertEquals(
          List.of(
              new KmsGrant("g1", "p", List.of("Decrypt")),
              new KmsGrant("g2", "p", List.of("DecryptByOracle"))),
          kms.keys().read(KEY).grants());
    }
  }

  private static String grants(String id, String operation, String rest) {
    return "{\"Grants\": [{\"GrantId\": \"" + id + "\", \"GranteePrincipal\": \"p\","
        + " \"Operations\": [\"" + operation + "\"]}], " + rest + "}";
  }

  @ParameterizedTest
  @CsvSource({
    "GetKeyPolicy, AccessDeniedException, allow kms:GetKeyPolicy on the key",
    "ListGrants, AccessDeniedException, allow kms:ListGrants on the key",
    "GetKeyPolicy, NotFoundException, 'check region, account and id'",
    "ListGrants, ExpiredTokenException, renew the credentials"
  })
  void refusalNamesTheActionAndWhatToDo(String refused, String code, String advice)
      throws Exception {
    try (Played kms = new Played((operation, body) -> operation.equals(refused)
        ? "{\"__type\": \"" + code + "\", \"message\": \"quotes secret-token\"}"
        : "{\"Policy\": \"{}\"}")) {
      IOException e = assertThrows(IOException.class, () -> kms.keys().read(KEY));
      assertTrue(e.getMessage().startsWith(KEY + ": kms:" + refused + " failed: "), e.getMessage());
      assertTrue(e.getMessage().contains(advice), e.getMessage());
      if (code.equals("ExpiredTokenException")) {
        assertTrue(!e.getMessage().contains("secret-token"), e.getMessage());
        assertNull(e.getCause());
      }
    }
  }

  @Test
  void missingCredentialsAndAnswersAreNamed() {
    AwsCredentialsProvider none = () -> {
      throw SdkClientException.create("Unable to load credentials from any of the providers [...]");
    };
    URI nobody = URI.create("http://127.0.0.1:1");
    assertEquals(
        KEY + ": kms:GetKeyPolicy: no answer from AWS: there are no AWS credentials: sign in, for"
            + " example with aws sso login, set AWS_PROFILE, or run where a role gives them",
        assertThrows(
                IOException.class,
                () -> new KmsKeys(region -> client(nobody, region, none)).read(KEY))
            .getMessage());
    String unreachable = assertThrows(
            IOException.class, () -> new KmsKeys(region -> client(nobody, region)).read(KEY))
        .getMessage();
    assertTrue(unreachable.endsWith("and that this machine reaches AWS"), unreachable);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1234",
        "arn:aws:kms:eu-west-1:123456789012:alias/orders",
        "arn:aws:kms:eu-west-1:12345678901:key/1234",
        "arn:aws:s3:::bucket",
        KEY + "\n"
      })
  void whatIsNoKeysArnIsNotAsked(String arn) {
    KmsKeys keys = new KmsKeys(region -> {
      throw new AssertionError("asked " + region);
    });
    assertThrows(IllegalArgumentException.class, () -> keys.read(arn));
  }

  @Test
  void isFoundByTheCommand() {
    assertTrue(ServiceLoader.load(KmsKeyReader.class).stream()
        .anyMatch(provider -> provider.type() == KmsKeys.class));
  }

  private interface Answers {
    String to(String operation, String body);
  }

  /** KMS as far as this asks it. */
  private static final class Played implements AutoCloseable {
    private final HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    Played(Answers answers) throws IOException {
      server.createContext("/", exchange -> {
        try (exchange) {
          String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          byte[] answer = answers
              .to(target.substring(target.indexOf('.') + 1), body)
              .getBytes(StandardCharsets.UTF_8);
          int status = new String(answer, StandardCharsets.UTF_8).contains("__type") ? 400 : 200;
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
        }
      });
      server.start();
    }

    KmsKeys keys() {
      URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      return new KmsKeys(region -> client(endpoint, region));
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
