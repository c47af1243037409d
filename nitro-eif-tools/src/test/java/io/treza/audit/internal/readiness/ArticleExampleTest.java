package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.readiness.SampleImage.assertFound;
import static io.treza.audit.internal.readiness.SampleImage.assertNothingFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.internal.elf.TestElf;
import io.treza.eif.CommandRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hardened Node.js image of the article: distroless base, files in /app, CMD server.js. */
class ArticleExampleTest {
  private static final String MENDED =
      "ENTRYPOINT [\"/nodejs/bin/node\",\"/app/server.js\"] and CMD []";

  @TempDir
  Path work;

  private static SampleImage article() {
    return new SampleImage()
        .glibc()
        .library(
            "usr/lib/x86_64-linux-gnu/libstdc++.so.6",
            TestElf.library("libm.so.6", "libc.so.6").soname("libstdc++.so.6"))
        .program(
            "nodejs/bin/node",
            TestElf.program(SampleImage.GLIBC, "libstdc++.so.6", "libm.so.6", "libc.so.6")
                .needsVersion("libc.so.6", "GLIBC_2.34")
                .bytes())
        .file("app/server.js", "require('http')")
        .file("app/package.json", "{}")
        .entrypoint("/nodejs/bin/node")
        .cmd("server.js")
        .env(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt")
        .workdir("/app")
        .text("User", "65532")
        .set("ExposedPorts", "3000/tcp");
  }

  @Test
  void underNitroCliItWouldRunServerJsAndDie() throws IOException {
    EnclaveTarget nitroCli =
        EnclaveTarget.builder().commandRule(CommandRule.NITRO_CLI).build();
    Readiness readiness = article().judge(work, nitroCli);
    assertFound(
        readiness,
        "E01",
        FAIL,
        "nitro-cli would run CMD [\"server.js\"] alone",
        "without ENTRYPOINT [\"/nodejs/bin/node\"]",
        "end at once",
        "init looks for server.js in /sbin:/usr/sbin:/bin:/usr/bin",
        MENDED);
    assertFound(readiness, "E02", FAIL, "server.js", "/app/server.js");
  }

  @Test
  void underDockersRuleTheDifferenceWarns() throws IOException {
    Readiness readiness = article().judge(work);
    assertFound(readiness, "E01", WARN, "nitro-cli would run CMD [\"server.js\"] alone", MENDED);
    assertFound(readiness, "E02", PASS, "/nodejs/bin/node");
    assertFound(readiness, "E05", PASS, "/nodejs/bin/node", "all 3 libraries");
  }

  @Test
  void underAwsInitNodeWouldNotFindServerJs() throws IOException {
    Readiness readiness = article().judge(work);
    assertFound(
        readiness, "E07-argument", FAIL, "server.js", "/app/server.js", "starts in /", MENDED);
    assertEquals(
        List.of("E07-argument"),
        readiness.bootBlockers().stream().map(Finding::id).toList());
  }

  @Test
  void theRestIsSaidAndDoesNotFail() throws IOException {
    Readiness readiness = article().judge(work);
    assertFound(readiness, "E06", WARN, "65532", "root");
    assertFound(readiness, "E10-port", WARN, "3000/tcp", "vsock");
  }

  @Test
  void mendedAsItIsToldItStartsUnderBothRules() throws IOException {
    for (CommandRule rule : CommandRule.values()) {
      SampleImage mended =
          article().entrypoint("/nodejs/bin/node", "/app/server.js").cmd();
      Readiness readiness =
          mended.judge(work, EnclaveTarget.builder().commandRule(rule).build());
      assertEquals(List.of(), readiness.bootBlockers());
      assertFound(readiness, "E01", PASS, "both rules");
      assertFound(readiness, "E02-script", PASS, "/app/server.js");
    }
  }

  @Test
  void ownInitNeedsNoMending() throws IOException {
    Readiness readiness = article()
        .judge(work, EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA).build());
    assertNothingFails(readiness, "E");
    assertFound(readiness, "E06", PASS, "65532");
    assertFound(readiness, "E07", PASS, "/app");
    assertTrue(readiness.findings().stream().anyMatch(f -> f.id().equals("E02-script")));
  }
}
