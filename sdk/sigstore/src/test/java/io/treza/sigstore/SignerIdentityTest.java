package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which refs of a workflow are the workflow's own. */
class SignerIdentityTest {
  private static final String REPOSITORY = "https://github.com/example/payments";
  private static final String ISSUER = "https://token.actions.githubusercontent.com";

  private static BundleSigner.Certificate workflowAt(String ref) {
    return new BundleSigner.Certificate(
        ISSUER,
        REPOSITORY + "/.github/workflows/release.yml@" + ref,
        Optional.of(REPOSITORY),
        Optional.empty(),
        Optional.of(ref),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Optional<String> complaint(String ref) {
    return SignerIdentity.gitHubWorkflow("example/payments", ".github/workflows/release.yml")
        .build()
        .complaint(workflowAt(ref));
  }

  @ParameterizedTest
  @ValueSource(strings = {"refs/heads/main", "refs/heads/feature/a", "refs/tags/v1.0"})
  void aWorkflowSignsAtBranchesAndTags(String ref) {
    assertEquals(Optional.empty(), complaint(ref));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "refs/pull/7/merge",
        "refs/pull/7/head",
        "refs/heads/",
        "refs/other/heads/main",
        "heads/main",
        "",
      })
  void whatIsNoBranchAndNoTagIsNotTheWorkflow(String ref) {
    String said = complaint(ref).orElseThrow();
    assertTrue(said.contains("@" + ref + "\""), said);
  }

  @Test
  void aPullRequestIsAcceptedWhereItIsNamed() {
    String subject = REPOSITORY + "/.github/workflows/release.yml@refs/pull/7/merge";
    assertEquals(
        Optional.empty(),
        SignerIdentity.of(ISSUER, subject).complaint(workflowAt("refs/pull/7/merge")));
  }
}
