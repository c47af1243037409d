package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.StatementVerifierProvider;
import io.treza.attestation.reference.VerifiedStatement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Statements in real bundles of GitHub's, through the interface for reference values. */
class SigstoreProviderTest {
  private static final Map<String, String> WORKFLOW = Map.of(
      "repository", "sigstore/sigstore-js",
      "workflow", ".github/workflows/release.yml",
      "ref", "refs/heads/main");
  private static final String SUBJECT =
      "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main";

  private static StatementVerifier verifier(Map<String, String> signer) throws IOException {
    StatementVerifierProvider provider =
        ServiceLoader.load(StatementVerifierProvider.class).findFirst().orElseThrow();
    assertEquals("sigstore", provider.kind());
    return provider.verifier(
        Files.readAllBytes(Bundles.gitHub().resolve("trusted_root.json")), signer);
  }

  private static byte[] bundle() throws IOException {
    return Files.readAllBytes(Bundles.gitHub().resolve("sigstore-js-2.1.0-bundle.json"));
  }

  private static Problem refused(Map<String, String> signer, byte[] file) throws IOException {
    StatementVerifier verifier = verifier(signer);
    return assertThrows(ReferenceValuesException.class, () -> verifier.verify(file))
        .problem();
  }

  private static Map<String, String> but(String name, String value) {
    Map<String, String> changed = new HashMap<>(WORKFLOW);
    changed.put(name, value);
    return changed;
  }

  @Test
  void aStatementByTheWorkflowIsGivenBackByteForByte()
      throws IOException, ReferenceValuesException {
    VerifiedStatement statement = verifier(WORKFLOW).verify(bundle());
    assertTrue(new String(statement.payload(), StandardCharsets.UTF_8).contains("in-toto.io"));
    assertTrue(statement.signer().startsWith(SUBJECT), statement.signer());
  }

  @Test
  void aNameAndItsIssuerWillDoToo() throws IOException, ReferenceValuesException {
    Map<String, String> named =
        Map.of("issuer", "https://token.actions.githubusercontent.com", "identity", SUBJECT);
    assertTrue(verifier(named).verify(bundle()).signer().startsWith(SUBJECT));
  }

  @Test
  void anotherRepositoryWorkflowOrRefIsRefused() throws IOException {
    assertEquals(Problem.SIGNATURE, refused(but("repository", "sigstore/other"), bundle()));
    assertEquals(Problem.SIGNATURE, refused(but("workflow", ".github/workflows/ci.yml"), bundle()));
    assertEquals(Problem.SIGNATURE, refused(but("ref", "refs/heads/main2"), bundle()));
  }

  @Test
  void whatIsNoBundleIsRefused() throws IOException {
    assertEquals(Problem.ENVELOPE, refused(WORKFLOW, "{}".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aSignedStatementOfSomethingElseIsNoReferenceValues() throws IOException {
    ReferenceValuesVerifier values =
        ReferenceValuesVerifier.builder(verifier(WORKFLOW), "app").build();
    byte[] bundle = bundle();
    assertEquals(
        Problem.STATEMENT,
        assertThrows(ReferenceValuesException.class, () -> values.verify(bundle))
            .problem());
  }

  static Stream<Map<String, String>> halfSigners() {
    return Stream.of(
        Map.of(),
        Map.of("issuer", "https://a"),
        Map.of("identity", "a"),
        Map.of("repository", "a/b"),
        Map.of("repository", "a/b", "workflow", "w", "issuer", "https://a"),
        Map.of("issuer", "https://a", "identity", "a", "typo", "x"));
  }

  @ParameterizedTest
  @MethodSource("halfSigners")
  void halfASignerIsNobody(Map<String, String> signer) {
    assertThrows(IllegalArgumentException.class, () -> verifier(signer));
  }

  @Test
  void aTrustedRootThatIsNoneIsRefused() {
    for (String root : List.of("", "[]", "{\"tlogs\":[{}]}")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new SigstoreProvider().verifier(root.getBytes(StandardCharsets.UTF_8), WORKFLOW));
    }
  }
}
