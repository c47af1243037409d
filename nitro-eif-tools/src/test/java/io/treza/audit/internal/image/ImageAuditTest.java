package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.image.Audited.assertPlace;
import static io.treza.audit.internal.image.Audited.directory;
import static io.treza.audit.internal.image.Audited.file;
import static io.treza.audit.internal.image.Audited.program;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule of the image's own checks, the base and secrets apart. */
class ImageAuditTest {
  private static final String SCRIPT = "#!/bin/true\n";

  private static Audited withUser(String user, Tar tar) throws IOException {
    return withUser(user, tar.bytes());
  }

  private static Audited withUser(String user, byte[] layer) throws IOException {
    return Audited.of(TestImage.of(layer).run("\"User\":\"" + user + "\""));
  }

  private static Tar passwd() {
    return new Tar()
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\napp:x:1000:50:a:/:\n")
        .file("etc/group", "root:x:0:\nstaff:x:50:app\n");
  }

  @ParameterizedTest
  @CsvSource({
    "'', FAIL, No user is set",
    "':50', FAIL, sets a group alone",
    "0, FAIL, 'uid 0'",
    "0:0, FAIL, 'uid 0'",
    "00, FAIL, 'uid 0'",
    "root, FAIL, 'uid 0'",
    "root:staff, FAIL, 'uid 0'",
    "toor, FAIL, 'uid 0'",
    "app, PASS, 'uid 1000, gid 50 (Kubernetes'' runAsNonRoot needs it as a number: USER 1000'",
    "app:root, PASS, 'uid 1000, gid 0'",
    "1000, PASS, 'uid 1000, gid 50'",
    "1000:1000, PASS, 'uid 1000, gid 1000'",
    "65532, PASS, 'uid 65532, gid 0'",
    "1000:, PASS, 'uid 1000, gid 50'",
    "nobody, FAIL, 'user \"nobody\" is not in /etc/passwd'",
    "app:wheel, FAIL, 'group \"wheel\" is not in /etc/group'",
    "4294967295, FAIL, more than 32 bits"
  })
  void theUserIsLookedUpInTheImage(String user, Result result, String message) throws IOException {
    Audited audited = withUser(user, passwd());
    Finding finding = audited.assertOne("H02", result, message);
    assertEquals(new Location.Configuration("config.User"), finding.location());
    audited.assertOne("P03", result, message);
  }

  @Test
  void aNameNeedsPasswd() throws IOException {
    withUser("app", new Tar().file("x", "")).assertOne("H02", FAIL, "without /etc/passwd");
  }

  @Test
  void passwdIsFoundThroughLinksInsideTheImage() throws IOException {
    Tar tar = new Tar().symlink("etc", "usr/etc").file("usr/etc/passwd", "app:x:7:7::/:\n");
    // What a link leads to is not known when its content passes by.
    withUser("app", tar).assertOne("H02", PASS, "uid 7");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usr/bin/gcc",
        "usr/bin/x86_64-linux-gnu-gcc-12",
        "usr/bin/cc",
        "usr/bin/clang++-15",
        "usr/libexec/gcc/x86_64-linux-gnu/12/cc1",
        "usr/bin/ld.bfd",
        "usr/bin/make",
        "usr/local/go/bin/go",
        "usr/local/cargo/bin/rustc",
        "opt/jdk/bin/javac",
        "usr/share/maven/bin/mvn",
        "usr/bin/git"
      })
  void aBuildToolInTheRootFails(String path) throws IOException {
    Finding finding =
        Audited.of(program(new Tar(), path, SCRIPT)).assertOne("H01", FAIL, "/" + path);
    assertPlace(path, finding);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usr/share/doc/gcc",
        "app/make",
        "app/git/README",
        "usr/bin/gcc-report",
        "usr/bin/keytool",
        "usr/bin/jcmd",
        "usr/bin/perl"
      })
  void aNameThatOnlyLooksLikeABuildToolPasses(String path) throws IOException {
    Audited.of(program(new Tar(), path, SCRIPT)).assertOne("H01", PASS, "1 programs");
  }

  @Test
  void aFileNamedLikeAToolThatCannotBeRunPasses() throws IOException {
    Tar tar = file(new Tar(), "usr/bin/make", 0644, SCRIPT);
    program(tar, "usr/bin/as", "only text");
    Audited.of(tar).assertOne("H01", PASS);
  }

  @Test
  void aToolBehindALinkIsRun() throws IOException {
    Tar tar = program(new Tar(), "usr/lib/x/compiler", SCRIPT)
        .symlink("usr/bin/cc", "/etc/alternatives/cc")
        .symlink("etc/alternatives/cc", "../../usr/lib/x/compiler");
    Audited.of(tar).assertOne("H01", FAIL, "/usr/bin/cc -> /usr/lib/x/compiler");
  }

  @Test
  void aPackageManagerOfALanguageWarns() throws IOException {
    Tar tar = program(new Tar(), "usr/local/lib/node_modules/npm/bin/npm-cli.js", SCRIPT)
        .symlink("usr/local/bin/npm", "../lib/node_modules/npm/bin/npm-cli.js");
    Audited audited = Audited.of(tar);
    audited.assertOne("H01-package-manager", WARN, "/usr/local/bin/npm");
    audited.assertNone("H01");
  }

  @Test
  void aToolRemovedByALaterLayerWarnsSinceTheLayerHasIt() throws IOException {
    Audited audited = Audited.of(
        program(new Tar(), "usr/bin/gcc", SCRIPT), new Tar().file("usr/bin/.wh.gcc", ""));
    audited.assertOne("H01-hidden", WARN, "/usr/bin/gcc");
    audited.assertNone("H01");
  }

  @Test
  void whatBuildingLeavesBehindWarns() throws IOException {
    Audited audited = Audited.of(new Tar()
        .file("usr/include/stdio.h", "x")
        .file("usr/lib/libc.a", "x")
        .file("root/.m2/repository/a.jar", "x"));
    assertEquals(3, audited.all("H01-remains").size());
  }

  @Test
  void shellsAreFoundUnderEveryName() throws IOException {
    Tar tar = program(new Tar().symlink("bin", "usr/bin"), "usr/bin/bash", SCRIPT)
        .symlink("usr/bin/sh", "bash");
    program(tar, "busybox/ash", SCRIPT);
    Audited.of(tar)
        .assertOne("P02", FAIL, "/usr/bin/bash", "/usr/bin/sh -> /usr/bin/bash", "/busybox/ash");
  }

  @Test
  void aShellThatALaterLayerRemovesCannotBeRun() throws IOException {
    Tar tar = program(new Tar(), "bin/sh", SCRIPT).symlink("bin/bash", "sh");
    Audited.of(tar, new Tar().file("bin/.wh.sh", "")).assertOne("P02", PASS);
  }

  @Test
  void appletsOfBusyboxAreCountedAndNoPackageManager() throws IOException {
    Tar tar = program(new Tar(), "bin/[", SCRIPT)
        .hardLink("bin/busybox", "bin/[")
        .hardLink("bin/dpkg", "bin/[")
        .symlink("bin/sh", "/bin/busybox");
    Audited audited = Audited.of(tar);
    audited.assertOne("P02", FAIL, "/bin/sh -> /bin/busybox", "busybox goes by 4 names");
    audited.assertNone("P02-package-manager");
  }

  @Test
  void packageManagersWarnAndInterpretersAreNamed() throws IOException {
    Tar tar = program(new Tar(), "sbin/apk", SCRIPT);
    program(tar, "usr/bin/python3.11", SCRIPT);
    Audited audited = Audited.of(tar);
    audited.assertOne("P02", PASS);
    audited.assertOne("P02-package-manager", WARN, "/sbin/apk");
    audited.assertOne("P02-interpreter", PASS, "/usr/bin/python3.11");
  }

  @Test
  void whatEveryoneMayWriteFails() throws IOException {
    Tar tar = file(new Tar(), "etc/conf", 0666, "x").symlink("etc/link", "conf");
    directory(directory(tar, "tmp", 01777), "data", 0777);
    Audited audited = Audited.of(tar);
    audited.assertOne("P04-file", FAIL, "everyone may write (1): /etc/conf (0666, uid 0)");
    audited.assertOne("P04-directory", FAIL, "(1): /data (0777");
  }

  @Test
  void aStickyDirectoryPasses() throws IOException {
    Audited.of(directory(new Tar(), "tmp", 01777)).assertOne("P04", PASS);
  }

  @Test
  void programsThatTheImagesUserMayChangeWarn() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("app/run", true);
    entry.setMode(0755);
    entry.setUserId(1000);
    byte[] layer = new Tar().add(entry, SCRIPT.getBytes(US_ASCII)).bytes();
    withUser("1000", layer).assertOne("P04-user", WARN, "/app/run");
    withUser("1001", layer).assertNone("P04-user");
    withUser("0", layer).assertNone("P04-user");
  }

  @Test
  void setIdBitsAndCapabilitiesWarn() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("bin/ping", true);
    entry.addPaxHeader("SCHILY.xattr.security.capability", "\u0001\u0000\u0000\u0002");
    Tar tar = file(new Tar(), "bin/su", 04755, SCRIPT).add(entry, new byte[0]);
    Audited audited = Audited.of(tar);
    for (String check : List.of("H06", "P07")) {
      audited.assertOne(check + "-set-id", WARN, "/bin/su (4755");
      audited.assertOne(check + "-file", WARN, "/bin/ping");
      audited.assertOne(check, INCONCLUSIVE);
    }
    Audited.of(new Tar().file("x", "")).assertOne("H06-file", PASS);
  }

  @Test
  void aReadOnlyRootIsNotForTheImageToSay() throws IOException {
    Audited.of(TestImage.of(new Tar().file("x", "").bytes()).run("\"Volumes\":{\"/data\":{}}"))
        .assertOne("H05", INCONCLUSIVE, "/data");
  }

  @ParameterizedTest
  @CsvSource({
    "alpine:latest, INCONCLUSIVE, FAIL",
    "alpine, INCONCLUSIVE, FAIL",
    "registry:5000/alpine, INCONCLUSIVE, FAIL",
    "alpine:3.20, INCONCLUSIVE, PASS",
    "alpine:latest@sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        + ", PASS, PASS",
    "scratch, PASS, PASS"
  })
  void theBaseTheImageStatesIsJudgedByItsName(String base, Result digest, Result latest)
      throws IOException {
    TestImage image = TestImage.of(new Tar().file("x", "").bytes())
        .annotations("\"org.opencontainers.image.base.name\":\"" + base + "\"");
    Audited audited = Audited.of(image);
    audited.assertOne("H08", digest, base);
    audited.assertOne("H09", latest);
  }

  @Test
  void anImageThatDoesNotSayItsBaseIsInconclusive() throws IOException {
    Audited audited = Audited.of(new Tar().file("x", ""));
    audited.assertOne("H08", INCONCLUSIVE, "does not say");
    audited.assertOne("H09", INCONCLUSIVE, "does not say");
  }

  @ParameterizedTest
  @CsvSource({"app:latest, WARN", "app, WARN", "registry:5000/app, WARN", "app:1.2, PASS"})
  void theImagesOwnTagIsJudged(String name, Result result) throws IOException {
    ImageSurvey survey = Audited.of(new Tar().file("x", "")).survey();
    Finding finding =
        ImageAudit.findings(survey, Optional.of(RegistryReference.parse(name))).stream()
            .filter(f -> f.id().equals("H09-image"))
            .findFirst()
            .orElseThrow();
    assertEquals(result, finding.result());
  }

  @ParameterizedTest
  @CsvSource({
    "app/.git/HEAD, FAIL",
    "app/dist/main.js.map, WARN",
    "app/src/a.spec.ts, WARN",
    "app/__tests__/a.js, WARN",
    "app/node_modules/.cache/x, WARN",
    "app/Dockerfile, WARN",
    "app/node_modules/x/a.test.js, PASS",
    "usr/lib/python3/test_os.py, PASS",
    "app/main.js, PASS"
  })
  void whatTheContextLeftInALayerIsNamed(String path, Result result) throws IOException {
    Audited audited = Audited.of(new Tar().file(path, "x"));
    audited.assertOne("H10-image", result, result == PASS ? "" : "/" + path);
  }

  @Test
  void whatALaterLayerRemovesIsSaidToBe() throws IOException {
    Audited.of(new Tar().file("app/.git/HEAD", "x"), new Tar().file("app/.wh..git", ""))
        .assertOne("H10-image", FAIL, "which a later layer removes");
  }

  @Test
  void sizesAreToldApart() throws IOException {
    Tar lower = new Tar().file("a", new byte[3 << 20]);
    Tar upper = new Tar().file("a", new byte[1 << 20]);
    Audited.of(lower, upper)
        .assertOne(
            "P06", PASS, "0.0 MiB as stored (2 layers)", "4.0 MiB of layers", "1.0 MiB of files");
  }

  @Test
  void everyCheckOfTheImageHasAFinding() throws IOException {
    assertEquals(
        "H01 H02 H03 H04 H05 H06 H08 H09 H10 P01 P02 P03 P04 P06 P07",
        Audited.of(new Tar().file("x", "")).findings().stream()
            .map(f -> f.check().name())
            .distinct()
            .sorted()
            .collect(Collectors.joining(" ")));
  }

  @Test
  void whatIsWrongSaysHowToMendIt() throws IOException {
    Tar tar = file(program(new Tar(), "bin/sh", SCRIPT), "etc/x", 0666, "x");
    for (Finding finding : Audited.of(tar).findings()) {
      assertFalse(finding.message().isBlank());
      assertTrue(finding.result() != FAIL || !finding.fix().isEmpty(), finding::toString);
    }
  }
}
