package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.image.Audited.assertPlace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsCheckTest {
  // In parts, so that no scanner stops at this file.
  private static final String PEM =
      "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEAx1x2x3x4x5\n";
  private static final String TOKEN = "gh" + "p_abcdefghijklmnopqrstuvwxyz0123456789";

  private static TestImage image() {
    return TestImage.of(new Tar().file("app", "x").bytes());
  }

  @Test
  void aKeyInAFileFailsAndIsNotShown() throws IOException {
    Tar tar = new Tar().file("app/config.yaml", "key: |\n" + PEM);
    Finding finding =
        Audited.of(tar).assertOne("H04-file", FAIL, "/app/config.yaml", "a private key at byte 7");
    assertPlace("app/config.yaml", finding);
    assertFalse(finding.message().contains("MIIE"), finding::message);
  }

  @Test
  void aSecretHiddenByAWhiteoutIsFoundInItsLayer() throws IOException {
    byte[] lower = new Tar().file("root/deploy", PEM).bytes();
    Finding finding = Audited.of(
            TestImage.of(lower, new Tar().file("root/.wh.deploy", "").bytes()))
        .assertOne("H04-file", FAIL, "/root/deploy", "a later layer removes or replaces it");
    assertEquals(
        new Location.ImageFile("root/deploy", Optional.of(TestImage.digest(lower))),
        finding.location());
  }

  @Test
  void aSecretReplacedOrBelowAnOpaqueDirectoryIsFoundToo() throws IOException {
    Audited.of(new Tar().file("a", PEM), new Tar().file("a", "clean"))
        .assertOne("H04-file", FAIL, "a later layer");
    Audited.of(new Tar().file("d/a", PEM), new Tar().file("d/.wh..wh..opq", ""))
        .assertOne("H04-file", FAIL, "a later layer");
  }

  @Test
  void aSecretInTheContentOfAWhiteoutIsFound() throws IOException {
    assertEquals(1, Audited.of(new Tar().file("a/.wh.b", PEM)).all("H04-file").size());
  }

  @ParameterizedTest
  @CsvSource({
    "root/.ssh/id_rsa, FAIL",
    "app/.env, FAIL",
    "root/.docker/config.json, FAIL",
    "root/.aws/credentials, FAIL",
    "credentials.json, FAIL",
    "app/.npmrc, WARN",
    "app/server.key, WARN",
    "app/.env.example, PASS",
    "root/.ssh/id_rsa.pub, PASS",
    "app/node_modules/x/.env, WARN"
  })
  void aFileNamedLikeASecretIsJudgedByItsName(String path, Result result) throws IOException {
    Audited audited = Audited.of(new Tar().file(path, "something"));
    audited.assertOne(result == PASS ? "H04" : "H04-file", result);
  }

  @Test
  void anEmptyFileHoldsNothing() throws IOException {
    Audited.of(new Tar().file("app/.env", "")).assertOne("H04", PASS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usr/share/doc/openssl/key.pem",
        "usr/lib/python3.11/test/keycert.pem",
        "app/node_modules/x/test/fixtures/key.pem"
      })
  void aKeyThatAPackageBringsAlongToTestItselfWarns(String path) throws IOException {
    Audited.of(new Tar().file(path, PEM)).assertOne("H04-file", WARN, "package's own");
  }

  @Test
  void aVariableNamedLikeASecretFailsAndIsNotShown() throws IOException {
    Finding finding = Audited.of(image()
            .run("\"Env\":[\"PATH=/bin\",\"DB_PASSWORD=correct-horse\",\"DB_PASSWORD_FILE=/x\"]"))
        .assertOne("H04-env", FAIL, "DB_PASSWORD", "13 characters");
    assertFalse(finding.message().contains("correct"), finding::message);
    assertEquals(new Location.Configuration("config.Env DB_PASSWORD"), finding.location());
    assertTrue(finding.fix().contains("ENV DB_PASSWORD"), finding::fix);
  }

  @Test
  void aVariableWithTheFormOfASecretFails() throws IOException {
    Audited.of(image().run("\"Env\":[\"HARMLESS=" + TOKEN + "\"]"))
        .assertOne("H04-env", FAIL, "a GitHub token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568", "PUBLIC_KEY=abc", "TOKEN=", "A"
      })
  void aHarmlessVariablePasses(String variable) throws IOException {
    Audited.of(image().run("\"Env\":[\"" + variable + "\"]")).assertOne("H04", PASS);
  }

  @Test
  void theCommandAndLabelsAreLookedAt() throws IOException {
    Audited audited = Audited.of(image()
        .run("\"Cmd\":[\"/app\",\"--api-token=abcdefgh1234\"],\"Labels\":{\"a\":\"" + TOKEN
            + "\"}"));
    assertEquals(
        new Location.Configuration("config.Cmd[1]"),
        audited.assertOne("H04-command", FAIL, "api-token").location());
    assertEquals(
        new Location.Configuration("config.Labels a"),
        audited.assertOne("H04-label", FAIL, "a GitHub token").location());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ENV API_SECRET=hunter2hunter2",
        "/bin/sh -c #(nop)  ENV API_SECRET=hunter2hunter2",
        "ARG API_SECRET=hunter2hunter2",
        "RUN |2 A=b API_SECRET=hunter2hunter2 /bin/sh -c make # buildkit",
        "|1 API_SECRET=hunter2hunter2 /bin/sh -c make"
      })
  void aBuildStepInTheHistoryIsLookedAt(String step) throws IOException {
    Finding finding = Audited.of(image()
            .besides("\"history\":[{\"created_by\":\"COPY a\"},{\"created_by\":\"" + step + "\"}]"))
        .assertOne("H04-history", FAIL, "API_SECRET");
    assertEquals(new Location.Configuration("history[1]"), finding.location());
    assertFalse(finding.message().contains("hunter2h"), finding::message);
  }

  @Test
  void aSecretInACommandOfTheHistoryIsFoundByItsForm() throws IOException {
    String step = "RUN /bin/sh -c curl -H 'x: " + TOKEN + "' # buildkit";
    Audited.of(image().besides("\"history\":[{\"created_by\":\"" + step + "\"}]"))
        .assertOne("H04-history", FAIL, "a GitHub token");
  }

  @Test
  void oneVariableIsReportedOnceThoughTheHistoryHasItToo() throws IOException {
    Audited audited = Audited.of(image()
        .run("\"Env\":[\"API_SECRET=hunter2hunter2\"]")
        .besides("\"history\":[{\"created_by\":\"ENV API_SECRET=hunter2hunter2\"}]"));
    audited.assertOne("H04-env", FAIL);
    audited.assertNone("H04-history");
  }

  @Test
  void aFileTooHostileToScanIsInconclusive() throws IOException {
    Audited.of(new Tar().file("x", "AKIA".repeat(100_000)))
        .assertOne("H04-file", INCONCLUSIVE, "/x");
  }

  @Test
  void manySecretsAreCountedAndTheGravestNamed() throws IOException {
    Tar tar = new Tar();
    for (int i = 0; i < 1500; i++) {
      tar.file("a/" + i + ".key", "x");
    }
    List<Finding> files = Audited.of(tar.file("z", PEM)).all("H04-file");
    assertEquals(201, files.size());
    assertPlace("z", files.get(0));
    assertTrue(files.get(200).message().startsWith("1301 more files"), files.get(200)::message);
  }
}
