package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Real Dockerfiles, judged by hand column by column. */
class ManifestTest {
  private static final Map<Integer, CheckId> COLUMNS = new TreeMap<>(Map.of(
      1, CheckId.H01,
      2, CheckId.H02,
      3, CheckId.H03,
      4, CheckId.H04,
      5, CheckId.H08,
      6, CheckId.H09));

  /** Cells that are argued in docs/audit.md, and those that speak of other targets. */
  private static final Set<String> EXCEPTED =
      Set.of("buildkit-root.Dockerfile H09", "nitro-sdk-c-al2.Dockerfile H01");

  static Result result(List<Finding> findings, CheckId check) {
    return Result.of(
        findings.stream().filter(f -> f.check() == check).map(Finding::result).toList());
  }

  @Test
  void everyJudgedCellAgrees() throws IOException {
    Path directory = Requirement.shared("dockerfiles");
    List<String> disagreements = new ArrayList<>();
    int judged = 0;
    for (String row : Files.readAllLines(directory.resolve("MANIFEST.tsv"))) {
      String[] cells = row.split("\t", -1);
      if (!cells[0].endsWith(".Dockerfile") || cells[0].startsWith("bkparser")) {
        continue;
      }
      List<Finding> findings =
          DockerfileAudit.of(BuildInput.of(directory.resolve(cells[0]))).findings();
      for (Map.Entry<Integer, CheckId> column : COLUMNS.entrySet()) {
        String cell = cells[column.getKey()];
        Result result = result(findings, column.getValue());
        judged++;
        boolean agrees = switch (cell.charAt(0)) {
          case 'P' -> result == Result.PASS || result == Result.WARN;
          case 'F' -> result == Result.FAIL;
          case 'U' -> result == Result.INCONCLUSIVE;
          default -> true;
        };
        if (agrees == EXCEPTED.contains(cells[0] + " " + column.getValue())) {
          disagreements.add(
              cells[0] + " " + column.getValue() + " is " + result + " and not " + cell
                  + ": "
                  + findings.stream()
                      .filter(f -> f.check() == column.getValue())
                      .map(f -> "\n    " + f.location() + " " + f.result() + " " + f.message())
                      .toList());
        }
      }
    }
    assertTrue(judged >= 168);
    assertEquals(List.of(), disagreements, () -> String.join("\n", disagreements));
  }

  @Test
  void eachTargetIsJudgedByItself() throws IOException {
    BuildInput input =
        BuildInput.of(Requirement.shared("dockerfiles").resolve("nitro-sdk-c-al2.Dockerfile"));
    assertEquals(Result.FAIL, result(DockerfileAudit.of(input).findings(), CheckId.H01));
    for (String target : List.of("kmstool-enclave", "kmstool-instance", "kmstool-enclave-cli")) {
      List<Finding> findings = DockerfileAudit.of(input.withTarget(target)).findings();
      assertEquals(Result.PASS, result(findings, CheckId.H01), target);
      assertEquals(
          target.equals("kmstool-enclave") ? Result.PASS : Result.FAIL,
          result(findings, CheckId.H03),
          target);
    }
  }

  /** What nitro-cli would run and AWS's init find, by the manifest's column in words. */
  @Test
  void theCommandIsJudgedAsTheManifestTells() throws IOException {
    Map<String, List<Result>> expected = Map.ofEntries(
        Map.entry("buildkit-frontend", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("msdemo-frontend-go", List.of(Result.PASS, Result.PASS, Result.WARN)),
        Map.entry("msdemo-payment-node", List.of(Result.PASS, Result.PASS, Result.FAIL)),
        Map.entry("msdemo-cart-dotnet", List.of(Result.PASS, Result.PASS, Result.WARN)),
        Map.entry("metrics-server", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("distroless-nodejs", List.of(Result.FAIL, Result.FAIL, Result.FAIL)),
        Map.entry("distroless-go", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("distroless-python3-req", List.of(Result.PASS, Result.PASS, Result.FAIL)),
        Map.entry("nginx-unpriv-alpine-slim", List.of(Result.FAIL, Result.PASS, Result.PASS)),
        Map.entry("goat-health-check", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("goat-build-code", List.of(Result.PASS, Result.FAIL, Result.FAIL)),
        Map.entry("goat-users-repo", List.of(Result.PASS, Result.FAIL, Result.PASS)),
        Map.entry("nitro-command-executer", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("nitro-k8s-kms", List.of(Result.PASS, Result.PASS, Result.WARN)),
        Map.entry("nitro-device-plugin", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("enclaver-example", List.of(Result.PASS, Result.FAIL, Result.WARN)),
        Map.entry("enclaver-odyn-release", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("grype", List.of(Result.PASS, Result.PASS, Result.WARN)),
        Map.entry("trivy", List.of(Result.PASS, Result.FAIL, Result.PASS)),
        Map.entry("compose-nginx-golang", List.of(Result.PASS, Result.PASS, Result.PASS)),
        Map.entry("compose-rust-backend", List.of(Result.PASS, Result.PASS, Result.PASS)));
    Path directory = Requirement.shared("dockerfiles");
    for (Map.Entry<String, List<Result>> file : expected.entrySet()) {
      List<Finding> findings = DockerfileAudit.of(
              BuildInput.of(directory.resolve(file.getKey() + ".Dockerfile")))
          .findings();
      assertEquals(
          file.getValue(),
          List.of(
              result(findings, CheckId.E01),
              result(findings, CheckId.E02),
              result(findings, CheckId.E07)),
          () -> file.getKey()
              + findings.stream().filter(f -> f.id().startsWith("E")).toList());
    }
  }
}
