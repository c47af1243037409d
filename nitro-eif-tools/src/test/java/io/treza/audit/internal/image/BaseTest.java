package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.image.Audited.program;

import io.treza.audit.Result;
import io.treza.image.ContainerImage;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each family of base images by the traits its images have. */
class BaseTest {
  private static final String SCRIPT = "#!/bin/true\n";
  private static final String STATUS =
      "Package: libc6\nStatus: install ok installed\n\nPackage: bash\nStatus: install ok installed\n\n"
          + "Package: gone\nStatus: deinstall ok config-files\n";

  private static Tar os(String text) {
    return new Tar()
        .symlink("etc/os-release", "../usr/lib/os-release")
        .file("usr/lib/os-release", text);
  }

  private static Tar debian() {
    return program(
        os("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")
            .file("var/lib/dpkg/status", STATUS),
        "usr/bin/bash",
        SCRIPT);
  }

  private static void assertBase(Tar tar, Result result, String... parts) throws IOException {
    Audited audited = Audited.of(tar);
    audited.assertOne("H03", result, parts);
    audited.assertOne("P01", result == INCONCLUSIVE ? INCONCLUSIVE : PASS);
  }

  @Test
  void scratchHasNothing() throws IOException {
    assertBase(program(new Tar(), "app", "\u007fELF"), PASS, "scratch");
  }

  @Test
  void distrolessListsEachPackageInAFile() throws IOException {
    Tar tar = os("PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\n")
        .file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 1\n")
        .file("var/lib/dpkg/status.d/bGliYzY", "Package: libc6\nVersion: 2\n")
        .file("var/lib/dpkg/status.d/base.md5sums", "0 x\n");
    assertBase(tar, PASS, "distroless", "2 packages");
  }

  @Test
  void distrolessOfTheDebugKindIsDistrolessWithAShell() throws IOException {
    Tar tar = os("PRETTY_NAME=\"Distroless\"\nID=debian\n")
        .file("var/lib/dpkg/status.d/base", "Package: base-files\n");
    program(tar, "busybox/busybox", SCRIPT).symlink("busybox/sh", "/busybox/busybox");
    Audited audited = Audited.of(tar);
    audited.assertOne("H03", PASS, "of the debug kind");
    audited.assertOne("P02", FAIL, "/busybox/sh");
  }

  @ParameterizedTest
  @CsvSource({
    "alpine, lib/apk/db/installed, Built on Alpine",
    "wolfi, usr/lib/apk/db/installed, Built on Wolfi",
    "chainguard, usr/lib/apk/db/installed, Built on a Chainguard image"
  })
  void apkFamiliesAreToldByTheirNames(String id, String place, String message) throws IOException {
    Tar tar = os("ID=" + id + "\nPRETTY_NAME=Some\n")
        .file(place, "C:Q1\nP:musl\nV:1\n\nC:Q2\nP:busybox\nV:2\n\n");
    assertBase(tar, PASS, message, "2 packages");
  }

  @Test
  void dockerHardenedImagesAreToldByTheirName() throws IOException {
    assertBase(os("ID=dhi\nID_LIKE=debian\n"), PASS, "Docker Hardened Image");
  }

  @Test
  void busyboxHasNoReleaseAndNoOtherShell() throws IOException {
    Tar tar = program(new Tar(), "bin/[", SCRIPT)
        .hardLink("bin/busybox", "bin/[")
        .hardLink("bin/sh", "bin/[")
        .hardLink("bin/rpm", "bin/[");
    assertBase(tar, PASS, "Built on busybox");
  }

  @Test
  void fullDebianFails() throws IOException {
    assertBase(debian(), FAIL, "full Debian", "2 packages");
  }

  @Test
  void slimDebianLeavesDocumentationOut() throws IOException {
    Tar tar = debian()
        .file("etc/dpkg/dpkg.cfg.d/docker", "path-exclude /usr/share/doc/*\npath-exclude x\n");
    assertBase(tar, WARN, "slim Debian", "2 packages");
  }

  @Test
  void ubuntuWithPackagesFailsAndWithoutIsChiseled() throws IOException {
    String release = "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n";
    assertBase(
        program(os(release).file("var/lib/dpkg/status", STATUS), "usr/bin/bash", SCRIPT),
        FAIL,
        "Built on Ubuntu");
    assertBase(os(release).file("var/lib/chisel/manifest.wall", "x"), PASS, "chiseled");
    assertBase(os(release), PASS, "chiseled");
  }

  @Test
  void aDeletedListOfPackagesMakesNoMinimalBase() throws IOException {
    Tar ubuntu = program(os("ID=ubuntu\nID_LIKE=debian\n"), "usr/bin/bash", SCRIPT);
    assertBase(ubuntu, FAIL, "Built on Ubuntu");
    Tar debian = program(os("ID=debian\n"), "usr/bin/bash", SCRIPT)
        .file("var/lib/dpkg/status.d/base", "Package: base-files\n");
    assertBase(program(debian, "usr/bin/apt-get", SCRIPT), FAIL, "full Debian");
  }

  @Test
  void aChiseledImageMayKeepAShell() throws IOException {
    Tar tar = os("ID=ubuntu\n").file("var/lib/chisel/manifest.wall", "x");
    assertBase(program(tar, "usr/bin/bash", SCRIPT), PASS, "chiseled");
  }

  @Test
  void distributionsFromBeforeOsReleaseAreToldByTheirOwnFiles() throws IOException {
    Tar centos = new Tar()
        .symlink("etc/redhat-release", "centos-release")
        .file("etc/centos-release", "CentOS release 6.10 (Final)\n")
        .file("var/lib/rpm/Packages", "x");
    assertBase(
        program(centos, "usr/bin/yum", SCRIPT), FAIL, "full RPM", "CentOS release 6.10 (Final)");
    Tar alpine =
        new Tar().file("etc/alpine-release", "3.10.4\n").file("lib/apk/db/installed", "P:musl\n\n");
    assertBase(
        program(alpine, "bin/bash", SCRIPT), PASS, "Built on Alpine", "3.10.4, 1 package", "/etc/");
  }

  @ParameterizedTest
  @CsvSource({
    "usr/bin/dnf, FAIL, full RPM",
    "usr/bin/microdnf, WARN, reduced RPM",
    "usr/bin/bash, WARN, reduced RPM",
    "usr/bin/app, PASS, without its shell and package manager"
  })
  void rpmFamiliesAreToldByTheirManager(String path, Result result, String message)
      throws IOException {
    Tar tar = os("ID=\"rhel\"\nID_LIKE=\"fedora\"\n").file("var/lib/rpm/rpmdb.sqlite", "x");
    assertBase(program(tar, path, SCRIPT), result, message, "packages of unknown number (rpm)");
  }

  @Test
  void packagesOfAzuresDistrolessImagesAreCounted() throws IOException {
    Tar tar = os("ID=azurelinux\n")
        .file("var/lib/rpmmanifest/container-manifest-2", "glibc\t2\nopenssl\t3\n");
    assertBase(tar, PASS, "without its shell", "2 packages");
  }

  @Test
  void anotherDistributionFails() throws IOException {
    Tar tar = os("ID=arch\nNAME=Arch\n").file("var/lib/pacman/local/glibc-2.40-1/desc", "x");
    assertBase(program(tar, "usr/bin/bash", SCRIPT), FAIL, "Arch, 1 package");
  }

  @Test
  void aDistributionWithoutShellAndPackageManagerIsMinimal() throws IOException {
    assertBase(
        os("ID=debian\n").file("var/lib/dpkg/status", STATUS),
        PASS,
        "neither shell nor",
        "2 packages");
  }

  @Test
  void aSquashedDistributionIsNotTakenForScratch() throws IOException {
    assertBase(program(new Tar(), "bin/bash", SCRIPT), INCONCLUSIVE, "/bin/bash");
    assertBase(new Tar().file("var/lib/dpkg/status", STATUS), INCONCLUSIVE, "/var/lib/dpkg/status");
  }

  @Test
  void aReleaseThatALaterLayerRemovesIsMentioned() throws IOException {
    Audited.of(debian(), new Tar().file("usr/lib/.wh.os-release", ""))
        .assertOne("H03", INCONCLUSIVE, "a lower layer has /usr/lib/os-release, removed later");
  }

  @Test
  void aReleaseFileIsNeverReadFromThisMachine() throws IOException {
    Tar tar = new Tar().symlink("etc/os-release", "/../../../../etc/os-release");
    assertBase(tar, PASS, "scratch");
  }

  @Test
  void theAnnotationOfTheBaseIsQuoted() throws IOException {
    Audited.of(TestImage.of(new Tar().file("x", "").bytes())
            .annotations("\"org.opencontainers.image.base.name\":\"gcr.io/distroless/static\""))
        .assertOne("H03", PASS, "its annotations name gcr.io/distroless/static");
  }

  @ParameterizedTest
  @CsvSource({
    "alpine-310.tar.gz, Built on Alpine, 14 packages",
    "busybox-docker.tar, Built on busybox, no package database",
    "dockle-scratch.tar, Built on scratch, no package database"
  })
  void realImagesAreTold(String name, String family, String packages) throws IOException {
    Audited.of(ImageSurvey.of(
            ContainerImage.opener(),
            Requirement.shared("images").resolve(name),
            List.of(ImageAudit.interest())))
        .assertOne("H03", PASS, family, packages);
  }
}
