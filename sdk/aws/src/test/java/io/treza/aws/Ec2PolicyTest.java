package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ssm.model.CreateDocumentRequest;

/** {@code samples/aws/policy.json} allows what a backend calls, and nothing it does not. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2PolicyTest {
  /** What a call takes besides the action of its own name (AWS service authorization reference). */
  private static final Map<String, List<String>> ACTIONS = Map.of(
      "Ec2.RunInstances", List.of("ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"),
      "S3.PutObject", List.of("s3:PutObject", "s3:PutObjectTagging"),
      "S3.ListObjectsV2", List.of("s3:ListBucket"),
      "Ssm.CreateDocument", List.of("ssm:CreateDocument", "ssm:AddTagsToResource"));

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  private static JsonNode policy() throws IOException {
    return new ObjectMapper().readTree(Path.of("../../samples/aws/policy.json").toFile());
  }

  private static List<String> texts(JsonNode oneOrMany) {
    List<String> texts = new ArrayList<>();
    if (oneOrMany.isArray()) {
      oneOrMany.forEach(text -> texts.add(text.asText()));
    } else {
      texts.add(oneOrMany.asText());
    }
    return texts;
  }

  @Test
  void allowsTheActionsOfALifeFromLaunchToTerminationAndNoOthers() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      enclave.resume();
    }
    try (Ec2Backend backend = account.backend()) {
      backend.reattach(account.request(), account.listener()).orElseThrow().terminate();
    }
    Set<String> called = new TreeSet<>();
    for (String operation : account.calls().operations()) {
      called.addAll(ACTIONS.getOrDefault(operation, List.of(action(operation))));
    }
    Set<String> allowed = new TreeSet<>();
    policy().path("Statement").forEach(s -> allowed.addAll(texts(s.path("Action"))));
    assertEquals(called, allowed);
  }

  private static String action(String operation) {
    String[] parts = operation.split("\\.");
    return parts[0].toLowerCase(Locale.ROOT) + ":" + parts[1];
  }

  @Test
  void allowsNoDocumentOfADeploymentWhoseNameOnlyBeginsTheSame() throws Exception {
    try (Ec2Backend backend = account.builder().deployment("test-eu").build()) {
      backend.launch(account.request(), account.listener()).terminate();
    }
    String name = account.calls().only(CreateDocumentRequest.class).name();
    assertTrue(mayUseDocument("test-eu", name), name);
    assertFalse(mayUseDocument("test", name), name);
  }

  private static boolean mayUseDocument(String deployment, String name) throws IOException {
    boolean allowed = false;
    for (JsonNode statement : policy().path("Statement")) {
      for (String resource : texts(statement.path("Resource"))) {
        String pattern =
            resource.replaceAll(".*:document/", "").replace("@DEPLOYMENT@", deployment);
        allowed |= resource.contains(":document/")
            && name.matches(pattern.replace(".", "\\.").replace("*", ".*"));
      }
    }
    return allowed;
  }

  @Test
  void changesOnlyWhatIsOfTheDeployment() throws IOException {
    for (JsonNode statement : policy().path("Statement")) {
      boolean looks = texts(statement.path("Action")).stream()
          .allMatch(action -> action.matches("[a-z0-9]+:(Describe|Get)[A-Za-z]+"));
      boolean narrow = texts(statement.path("Resource")).stream()
          .allMatch(resource -> resource.matches(".*@(DEPLOYMENT|ROLE|BUCKET|SUBNET)@.*")
              || resource.endsWith("security-group/@SECURITY_GROUP@")
              || resource.endsWith("::image/*"));
      assertTrue(looks || narrow || statement.has("Condition"), statement.toPrettyString());
    }
  }
}
