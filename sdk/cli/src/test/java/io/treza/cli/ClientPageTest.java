package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tables of docs/client.md name what there is, all of it, and nothing else. */
class ClientPageTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /** The public methods of the class TrezaClient in @treza/sdk 1.3.0, dist/index.d.ts. */
  private static final Set<String> TYPESCRIPT = Set.of(
      "getEnclaves",
      "createEnclave",
      "updateEnclave",
      "deleteEnclave",
      "getEnclave",
      "performEnclaveAction",
      "pauseEnclave",
      "resumeEnclave",
      "terminateEnclave",
      "getEnclaveLogs",
      "getProviders",
      "getProvider",
      "getTasks",
      "createTask",
      "updateTask",
      "deleteTask",
      "getApiKeys",
      "createApiKey",
      "updateApiKey",
      "deleteApiKey",
      "getGitHubAuthUrl",
      "exchangeGitHubCode",
      "getGitHubRepositories",
      "getRepositoryBranches",
      "searchDockerImages",
      "getDockerTags",
      "getAttestation",
      "getVerificationStatus",
      "verifyAttestation",
      "generateIntegrationSnippet",
      "redactText",
      "redactChatCompletions",
      "getRedactionLog",
      "getRedactionAttestation");

  private List<String> page = List.of();

  @BeforeEach
  void read() throws IOException {
    page = Files.readAllLines(Path.of("../../docs/client.md"));
  }

  /** The code in one column of the table whose head begins so. */
  private Set<String> column(String head, int column) {
    Set<String> names = new TreeSet<>();
    int start = page.indexOf(head);
    assertEquals(head, page.get(start));
    page.stream().skip(start + 2).takeWhile(row -> row.startsWith("|")).forEach(row -> {
      Matcher code = CODE.matcher(row.split("\\|")[column]);
      while (code.find()) {
        names.add(code.group(1));
      }
    });
    return names;
  }

  @Test
  void everyTypeScriptMethodIsInTheTable() {
    assertEquals(new TreeSet<>(TYPESCRIPT), column("| TypeScript | Java | what differs |", 1));
  }

  @Test
  void everyJavaMethodIsInOneOfTheTables() {
    Set<String> named = column("| TypeScript | Java | what differs |", 2);
    named.addAll(column("| Java | what for |", 1));
    Set<String> methods = Arrays.stream(TrezaClient.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(Predicate.not(Method::isSynthetic))
        .filter(method -> !method.getName().equals("toString"))
        .map(ClientPageTest::signature)
        .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(methods, named);
  }

  private static String signature(Method method) {
    return method.getName()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  @Test
  void everyKindOfFailureIsInTheTable() {
    Set<String> kinds = Arrays.stream(TrezaException.class.getPermittedSubclasses())
        .map(Class::getSimpleName)
        .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(kinds, column("| `TrezaException.` | what happened | what to do |", 1));
  }
}
