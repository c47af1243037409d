package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.readiness.SampleImage.assertFound;
import static io.treza.audit.internal.readiness.SampleImage.assertNothingFails;
import static io.treza.audit.internal.readiness.SampleImage.withApp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.eif.CommandRule;
import io.treza.eif.RamdiskLayout;
import io.treza.eif.internal.ApplicationRamdisk;
import io.treza.eif.internal.CpioArchive;
import io.treza.eif.internal.CpioMember;
import io.treza.eif.internal.InitFiles;
import io.treza.image.ContainerImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from the files of the whole image: E09, E13 to E15 and E17. */
class FileChecksTest {
  private static final EnclaveTarget LINUXKIT =
      EnclaveTarget.builder().layout(RamdiskLayout.NITRO_CLI).build();

  @TempDir
  Path work;

  // E09

  @ParameterizedTest
  @ValueSource(strings = {"alpine-310.tar.gz", "busybox-docker.tar", "docker-save-small.tar"})
  void ramdiskIsReckonedToTheByte(String name) throws IOException {
    assertReckoned(Requirement.shared("images").resolve(name));
  }

  @Test
  void linksAndMissingDirectoriesAreReckonedToTheByte() throws IOException {
    assertReckoned(withApp()
        .file("a", "12345")
        .hardLink("b", "a")
        .link("c", "some/where")
        .directory("tmp")
        .env("A=1", "B=\u00fc")
        .archive(work));
  }

  private void assertReckoned(Path archive) throws IOException {
    try (ContainerImage image = ContainerImage.opener().workDirectory(work).open(archive)) {
      ImageSurvey survey = ImageSurvey.of(image, List.of());
      List<String> command = CommandRule.DOCKER.command(image.config());
      CpioArchive ramdisk = new CpioArchive(
          ApplicationRamdisk.entries(
                  image.flatten(), InitFiles.of(image.config(), CommandRule.DOCKER))
              .stream()
              .map(entry -> CpioMember.of(entry, 0))
              .toList());
      assertEquals(
          ramdisk.size(),
          MemoryCheck.ramdisk(image.config(), command, new EnclaveFiles(survey.root(), EnclaveTarget.Init.AWS)));
    }
  }

  // E13

  @Test
  void capabilitiesOfFilesAreLost() throws IOException {
    TarArchiveEntry ping = new TarArchiveEntry("bin/ping", true);
    ping.setMode(0755);
    ping.addPaxHeader("SCHILY.xattr.security.capability", "\u0001\u0001\u0001");
    assertFound(withApp().add(ping, new byte[0]).judge(work), "E13", WARN, "/bin/ping");
    assertFound(withApp().judge(work), "E13", PASS);
  }

  // E14

  @Test
  void timesMatterToTheLayoutThatMeasuresThem() throws IOException {
    SampleImage image = withApp().file("later", "x").time("later", 86_400);
    assertFound(
        image.judge(work, LINUXKIT),
        "E14-times",
        WARN,
        "2 times",
        "1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z",
        "rewrite-timestamp=true");
    assertFound(image.judge(work), "E14", PASS, "which the layout replaces by one");
  }

  @Test
  void oneTimePassesInAnyLayout() throws IOException {
    SampleImage image = withApp().time("bin/app", 7);
    assertFound(image.judge(work, LINUXKIT), "E14", PASS, "one time");
  }

  @ParameterizedTest
  @CsvSource({
    "var/lib/apt/lists/mirror.example_dists_bookworm_InRelease, E14-package-cache",
    "var/cache/apk/APKINDEX.tar.gz, E14-package-cache",
    "root/.npm/_cacache/index-v5/aa, E14-tool-cache",
    "home/app/.cache/pip/http/1, E14-tool-cache",
    "var/log/dpkg.log, E14-log",
    "etc/passwd-, E14-backup",
    "var/cache/ldconfig/aux-cache, E14-linker-cache",
    "etc/machine-id, E14-identity",
    "etc/ssh/ssh_host_rsa_key, E14-identity",
    "app/__pycache__/a.cpython-312.pyc, E14-python-bytecode"
  })
  void filesThatDifferFromBuildToBuildWarn(String path, String id) throws IOException {
    assertFound(withApp().file(path, "x").judge(work), id, WARN, "/" + path);
    Readiness empty = withApp().file(path, "").judge(work);
    assertTrue(empty.findings().stream().noneMatch(f -> f.id().equals(id)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"etc/passwd", "var/lib/dpkg/status", "app/main.py", "var/lib/apt/x"})
  void otherFilesDoNotWarn(String path) throws IOException {
    Readiness readiness = withApp().file(path, "x").judge(work);
    assertTrue(readiness.findings().stream().noneMatch(f -> f.id().startsWith("E14-")));
  }

  // E15

  @ParameterizedTest
  @ValueSource(strings = {"dev", "proc", "sys", "run", "tmp"})
  void mountPointMustBeADirectory(String point) throws IOException {
    assertFound(withApp().file(point, "").judge(work), "E15", FAIL, "/" + point);
    assertFound(withApp().link(point, "/bin").judge(work), "E15", FAIL, "a symbolic link to /bin");
    // linuxkit adds a directory of its own behind it, which Linux unpacks in its stead.
    assertFound(withApp().file(point, "").judge(work, LINUXKIT), "E15", WARN, "/" + point);
    assertFound(withApp().directory(point).judge(work), "E15", PASS);
    assertFound(withApp().judge(work), "E15", PASS);
  }

  @Test
  void filesUnderMountsAreHidden() throws IOException {
    Readiness readiness = withApp().file("run/secrets/token", "x").judge(work);
    assertFound(readiness, "E15-hidden", WARN, "/run/secrets/token");
    assertNothingFails(readiness, "E15");
    EnclaveTarget own = EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA).build();
    assertFound(withApp().file("run/secrets/token", "x").judge(work, own), "E15", PASS);
    assertFound(withApp().file("sys/x", "x").judge(work, own), "E15-hidden", WARN, "/sys/x");
  }

  // E17

  @Test
  void setUserIdProgramsWarn() throws IOException {
    SampleImage image = withApp().file("bin/su", 04755, new byte[] {1});
    assertFound(image.judge(work), "E17", WARN, "/bin/su", "another user");
    assertFound(withApp().file("bin/wall", 02755, new byte[] {1}).judge(work), "E17", WARN);
    assertFound(withApp().judge(work), "E17", PASS);
  }
}
