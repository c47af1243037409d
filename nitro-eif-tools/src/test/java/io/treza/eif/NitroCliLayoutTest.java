package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link RamdiskLayout#NITRO_CLI}, a rule a test, and whole ramdisks against another program's. */
class NitroCliLayoutTest {
  private static final List<FileEntry> BOOTSTRAP = List.of(
      FileEntry.directory("dev", 0755),
      FileEntry.regular("init", 0755, Content.of("not an init".getBytes(UTF_8))),
      FileEntry.regular("nsm.ko", 0755, Content.of("no module".getBytes(UTF_8))));
  /** What linuxkit gives every file that is of no layer. */
  private static final String LINUXKIT = "1492533000";

  @TempDir
  Path dir;

  private Path kernel;

  @BeforeEach
  void prepare() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "no known kernel");
  }

  private EnclaveImageBuilder builder(ContainerImage image) {
    return EnclaveImageBuilder.of(image, kernel, "quiet")
        .bootstrap(BOOTSTRAP)
        .layout(RamdiskLayout.NITRO_CLI);
  }

  private ContainerImage open(TestImage image) throws IOException {
    return ContainerImage.open(TestImage.toArchive(image.dockerFiles(), dir.resolve("image.tar")));
  }

  private static TestImage image(Tar... layers) {
    return TestImage.of(Arrays.stream(layers).map(Tar::bytes).toArray(byte[][]::new));
  }

  /** Ramdisk {@code index} of what is built. */
  private byte[] ramdisk(EnclaveImageBuilder builder, int index) throws IOException {
    Path eif = dir.resolve("a.eif");
    builder.build(eif);
    byte[] bytes = Files.readAllBytes(eif);
    ByteBuffer header = ByteBuffer.wrap(bytes);
    int start = (int) header.getLong(28 + 8 * (3 + index)) + 12;
    return Arrays.copyOfRange(bytes, start, start + (int) header.getLong(284 + 8 * (3 + index)));
  }

  /** Mode, owner, time, name and content of each member, as commons-compress reads them. */
  private static List<String> list(byte[] cpio) throws IOException {
    List<String> members = new ArrayList<>();
    try (CpioArchiveInputStream in =
        new CpioArchiveInputStream(new ByteArrayInputStream(cpio), "UTF-8")) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        String content = new String(in.readAllBytes(), UTF_8);
        members.add(String.format(
            Locale.ROOT,
            "%o %d:%d %d %s%s",
            e.getMode(),
            e.getUID(),
            e.getGID(),
            e.getTime(),
            e.getName(),
            content.isEmpty() ? "" : "=" + content));
      }
    }
    return members;
  }

  private List<String> application(TestImage image) throws IOException {
    try (ContainerImage opened = open(image)) {
      return list(ramdisk(builder(opened), 1));
    }
  }

  /** Those members of the application's ramdisk whose names match. */
  private List<String> application(String names, Tar... layers) throws IOException {
    Pattern pattern =
        Pattern.compile("\\S+ \\S+ \\S+ rootfs/(" + names + ")(=.*)?", Pattern.DOTALL);
    return application(image(layers)).stream()
        .filter(member -> pattern.matcher(member).matches())
        .toList();
  }

  @Test
  void listedFilesHaveLinuxkitsTimeInTheirOrder() throws IOException {
    try (ContainerImage image = open(image(new Tar().file("f", "")))) {
      assertEquals(
          List.of(
              "40755 0:0 " + LINUXKIT + " dev",
              "100755 0:0 " + LINUXKIT + " init=not an init",
              "100755 0:0 " + LINUXKIT + " nsm.ko=no module"),
          list(ramdisk(builder(image), 0)));
    }
  }

  /** moby/build.go: with the rights of the file, and its owner. */
  @Test
  void directoriesOfListedFilesAreMadeOnceBeforeThem() throws IOException {
    try (ContainerImage image = open(image(new Tar().file("f", "")))) {
      EnclaveImageBuilder builder = builder(image)
          .bootstrap(List.of(
              FileEntry.regular("a/b/c", 0640, Content.of(new byte[0])),
              FileEntry.regular("a/d", 0604, Content.of(new byte[0])),
              FileEntry.directory("e", 0700),
              FileEntry.regular("e/f", 0600, Content.of(new byte[0]))));
      assertEquals(
          List.of(
              "40750 0:0 " + LINUXKIT + " a",
              "40750 0:0 " + LINUXKIT + " a/b",
              "100640 0:0 " + LINUXKIT + " a/b/c",
              "100604 0:0 " + LINUXKIT + " a/d",
              "40700 0:0 " + LINUXKIT + " e",
              "100600 0:0 " + LINUXKIT + " e/f"),
          list(ramdisk(builder, 0)));
    }
  }

  @Test
  void filesFollowTheRootInTheOrderOfAWalk() throws IOException {
    List<String> members = application(
        image(new Tar().file("a/x/y", "").file("a-b", "").file("a.c", "").file("Z", "")));
    assertEquals("40755 0:0 " + LINUXKIT + " rootfs", members.get(0));
    assertEquals(
        List.of("Z", "a/", "a/x/", "a/x/y", "a-b", "a.c", "dev/"),
        members.subList(1, 8).stream()
            .map(member -> member.replaceFirst(".* rootfs/", ""))
            .toList());
  }

  @Test
  void filesHaveTheModeOwnerAndTimeOfTheirLayer() throws IOException {
    TarArchiveEntry file = entry("f", 06755, 3_000_000, 4_000_000);
    assertEquals(
        List.of("40755 0:0 1400000001 rootfs/d/", "106755 3000000:4000000 1500000000 rootfs/f=x"),
        application(
            "d/|f",
            new Tar().at(5).directory("d").at(1_500_000_000).add(file, new byte[] {'x'}),
            new Tar().at(1_400_000_001).directory("d")));
  }

  /** pkg/archive of moby, boundTime. */
  @ParameterizedTest
  @CsvSource({"-1, 0", "4294967295, 4294967295", "9223372037, 0"})
  void timeThatDockerDoesNotSetIsZero(long stated, long time) throws IOException {
    assertEquals(
        List.of("100644 0:0 " + time + " rootfs/f"),
        application("f", new Tar().at(stated).file("f", "")));
  }

  /** linuxkit would write more digits than the field has, or a minus sign. */
  @Test
  void timeThatDoesNotFitTheArchiveIsRefused() {
    assertRefused(
        EifException.class,
        () -> application("", new Tar().at(4_294_967_296L).file("f", "")),
        "rootfs/f: file time 4294967296");
    assertRefused(
        EifException.class,
        () -> application("", new Tar().at(-1).symlink("l", "f")),
        "rootfs/l: file time -1");
  }

  @Test
  void hardLinkIsARelativeSymlinkToTheNameThatComesFirst() throws IOException {
    TarArchiveEntry file = entry("a/x", 04750, 7, 8);
    assertEquals(
        List.of(
            "104750 7:8 9 rootfs/a/x=one",
            "124750 7:8 9 rootfs/a/y=x",
            "124750 7:8 9 rootfs/a-b=a/x",
            "124750 7:8 9 rootfs/b/c/d=../../a/x"),
        application(
            "a/.|a-b|b/c/d",
            new Tar()
                .at(9)
                .add(file, "one".getBytes(UTF_8))
                .at(10)
                .add(link("a-b", file), new byte[0])
                .add(link("b/c/d", file), new byte[0])
                .add(link("a/y", file), new byte[0])));
  }

  /** pkg/archive of moby does not ask what is linked. */
  @Test
  void hardLinkToASymlinkIsOneToo() throws IOException {
    assertEquals(
        List.of("120777 0:0 0 rootfs/l=target", "120777 0:0 0 rootfs/m=l"),
        application("l|m", new Tar().symlink("m", "target").hardLink("l", "m")));
  }

  @Test
  void namesThatDockerAddsAndDockerfileAreLeftOut() throws IOException {
    assertEquals(
        List.of("100644 0:0 0 rootfs/sub/Dockerfile"),
        application(
            ".*(dockerenv|Dockerfile|hostname|console)",
            new Tar()
                .file(".dockerenv", "")
                .file("Dockerfile", "FROM x")
                .file("dev/console", "")
                .file("etc/hostname", "h")
                .file("sub/Dockerfile", "")));
  }

  @Test
  void directoriesOfThoseNamesStay() throws IOException {
    assertEquals(
        List.of("40755 0:0 0 rootfs/Dockerfile/", "40755 0:0 0 rootfs/etc/hostname/"),
        application(
            "Dockerfile/|etc/hostname/",
            new Tar().directory("Dockerfile").directory("etc/hostname")));
  }

  /** moby, setup_unix.go, makes the files anew with mode 0755; linuxkit fills them. */
  @Test
  void hostsResolvConfAndMtabAreReplaced() throws IOException {
    assertEquals(
        List.of(
            "100755 0:0 " + LINUXKIT + " rootfs/etc/hosts=127.0.0.1       localhost\n"
                + "::1     localhost ip6-localhost ip6-loopback\n"
                + "fe00::0 ip6-localnet\n"
                + "ff00::0 ip6-mcastprefix\n"
                + "ff02::1 ip6-allnodes\n"
                + "ff02::2 ip6-allrouters\n",
            "120777 0:0 " + LINUXKIT + " rootfs/etc/mtab=/proc/mounts",
            "120755 0:0 " + LINUXKIT + " rootfs/etc/resolv.conf=/run/resolvconf/resolv.conf"),
        application(
            "etc/.+",
            new Tar()
                .file("etc/hosts", "mine")
                .file("etc/mtab", "mine")
                .symlink("etc/resolv.conf", "../run/mine")));
  }

  @Test
  void nameLinkedToAReplacedFileKeepsItsContent() throws IOException {
    TarArchiveEntry hosts = entry("etc/hosts", 0644, 0, 0);
    assertEquals(
        List.of("100644 0:0 0 rootfs/etc/x=mine", "120644 0:0 0 rootfs/z=etc/x"),
        application(
            "etc/x|z",
            new Tar()
                .add(hosts, "mine".getBytes(UTF_8))
                .add(link("etc/x", hosts), new byte[0])
                .add(link("z", hosts), new byte[0])));
  }

  @Test
  void directoriesThatDockerMountsOverAreThereWithLinuxkitsTime() throws IOException {
    List<String> expected = List.of(
        "40755 0:0 " + LINUXKIT + " rootfs/dev/",
        "40755 0:0 " + LINUXKIT + " rootfs/dev/pts/",
        "40755 0:0 " + LINUXKIT + " rootfs/dev/shm/",
        "40755 0:0 " + LINUXKIT + " rootfs/etc/",
        "40755 0:0 " + LINUXKIT + " rootfs/proc/",
        "40755 0:0 " + LINUXKIT + " rootfs/sys/");
    String names = "(dev|dev/pts|dev/shm|etc|proc|sys)/";
    assertEquals(expected, application(names, new Tar().file("f", "")));
    // Files and links in their place make way.
    assertEquals(
        expected,
        application(
            names,
            new Tar()
                .file("dev", "")
                .symlink("etc", "/host")
                .symlink("proc", "p")
                .file("sys", "")));
    TarArchiveEntry proc = entry("proc/", 0555, 0, 0);
    assertEquals(
        List.of("40555 0:0 " + LINUXKIT + " rootfs/proc/"),
        application("proc/", new Tar().add(proc, new byte[0])));
  }

  /** Linux then unpacks the file over the directory, if that is empty. */
  @Test
  void filesToBeTouchedThatAreDirectoriesAreAddedAfterTheImage() throws IOException {
    List<String> members =
        application(image(new Tar().directory("etc/hosts").directory("etc/mtab").file("z", "")));
    int last = members.indexOf("100644 0:0 0 rootfs/z");
    assertEquals(
        "100644 0:0 " + LINUXKIT + " rootfs/etc/hosts=127.0.0.1",
        members.get(last + 1).replaceFirst("(?s) {7}localhost.*", ""));
    assertEquals("120755 0:0 " + LINUXKIT + " rootfs/etc/mtab=/proc/mounts", members.get(last + 2));
    assertEquals("40755 0:0 " + LINUXKIT + " rootfs", members.get(last + 3));
  }

  @Test
  void mountPointsAreMadeAgainAtTheEndBeforeCommandAndEnvironment() throws IOException {
    TarArchiveEntry tmp = entry("tmp/", 01777, 0, 0);
    List<String> members = application(image(new Tar().add(tmp, new byte[0]).symlink("var", "x"))
        .run("\"Cmd\":[\"/bin/app\",\"-v\"],\"Env\":[\"A=b\"]"));
    int start = members.size() - 9;
    assertEquals(
        List.of(
            "41777 0:0 0 rootfs/tmp/",
            "120777 0:0 0 rootfs/var=x",
            "40755 0:0 " + LINUXKIT + " rootfs",
            "40755 0:0 " + LINUXKIT + " rootfs/dev",
            "40755 0:0 " + LINUXKIT + " rootfs/run",
            "40755 0:0 " + LINUXKIT + " rootfs/sys",
            "40755 0:0 " + LINUXKIT + " rootfs/var",
            "40755 0:0 " + LINUXKIT + " rootfs/proc",
            "40755 0:0 " + LINUXKIT + " rootfs/tmp",
            "100644 0:0 " + LINUXKIT + " cmd=/bin/app\n-v\n",
            "100644 0:0 " + LINUXKIT + " env=A=b\n"),
        members.subList(start - 2, members.size()));
  }

  @Test
  void commandIsThatOfNitroCliUnlessSaid() throws IOException {
    TestImage image = image(new Tar().file("f", "")).run("\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\"]");
    try (ContainerImage opened = open(image)) {
      assertEquals(
          "100644 0:0 " + LINUXKIT + " cmd=c\n", second(list(ramdisk(builder(opened), 1))));
      assertEquals(
          "100644 0:0 " + LINUXKIT + " cmd=/e\nc\n",
          second(list(ramdisk(builder(opened).commandRule(CommandRule.DOCKER), 1))));
    }
  }

  private static String second(List<String> members) {
    return members.get(members.size() - 2);
  }

  @Test
  void sourceDateIsInTheMetadataAlone() throws IOException {
    try (ContainerImage image = open(image(new Tar().file("f", "")))) {
      assertEquals(
          builder(image).measure(),
          builder(image).sourceDate(Instant.ofEpochSecond(1_700_000_000)).measure());
    }
  }

  /** Why it is not the layout of choice. */
  @Test
  void timesOfLayersAreMeasuredInThisLayoutOnly() throws IOException {
    EifMeasurements[] measured = new EifMeasurements[4];
    for (int i = 0; i < 4; i++) {
      try (ContainerImage image = open(image(new Tar().at(i % 2).file("f", "")))) {
        RamdiskLayout layout = i < 2 ? RamdiskLayout.NITRO_CLI : RamdiskLayout.REPRODUCIBLE;
        measured[i] = builder(image).layout(layout).measure().measurements();
      }
    }
    assertNotEquals(measured[0].pcr2(), measured[1].pcr2());
    assertEquals(measured[0].pcr1(), measured[1].pcr1());
    assertEquals(measured[2], measured[3]);
  }

  /**
   * The digests, here and below, are of what another program made: of {@code docker export} by Docker
   * Engine 20.10.24 it makes an archive in the steps of linuxkit, with linuxkit's cpio writer
   * (surma/gocpio) and Go's archive/tar.
   */
  @ParameterizedTest
  @CsvSource({
    "alpine-310.tar.gz, de7f3429f11103d42df7a054d4013d9969f35dffc23c28274bb169d85aea8300",
    "busybox-docker.tar, 40256b599d4d9f35dee698c6eac6f500473d7ae5da65f0db69f44be672bb5641",
    "docker-save-small.tar, 6059bd639164e34110919a5b935dcf4a5fa7b8fefe840579c36d419e4962b38b"
  })
  void ramdiskOfARealImageIsTheOneOfAnotherProgram(String name, String digest) throws IOException {
    Path saved = Requirement.shared("images").resolve(name);
    try (ContainerImage image = ContainerImage.open(saved)) {
      assertEquals("sha256:" + digest, TestImage.digest(ramdisk(builder(image), 1)));
    }
  }

  @Test
  void ramdiskOfAnOddImageIsTheOneOfAnotherProgram() throws IOException {
    try (ContainerImage image = open(everything())) {
      assertEquals(
          "sha256:5e11f601ea49cc51fc812fcd3e0df77c963f3dee8f1eac6a630abe4720d4aa8c",
          TestImage.digest(ramdisk(builder(image), 1)));
    }
  }

  @Test
  void bootstrapRamdisksAreThoseOfAnotherProgram() throws IOException {
    Path init = Files.writeString(dir.resolve("init"), "not an init");
    Path nsm = Files.writeString(dir.resolve("nsm.ko"), "no module");
    Files.copy(nsm, dir.resolve("virtio_mmio.ko"));
    Path order = Files.writeString(dir.resolve("modules_load_order"), """
        # Module load order for Nitro Enclaves
        # Load modules in this order (one per line)
        virtio_mmio.ko
        nsm.ko
        """);
    try (ContainerImage image = open(everything())) {
      EnclaveImageBuilder builder = builder(image);
      assertEquals(
          "sha256:818a6c01c4e69ddfd043b744a127c5dd7fd3de1e71b9ce987483cdabffa60cf4",
          TestImage.digest(ramdisk(builder.bootstrap(BootstrapFiles.withNsmModule(init, nsm)), 0)));
      assertEquals(
          "sha256:3ef088e1a77fecc519d66d460cd21be39b05c153608c65138af8b00bd11129b2",
          TestImage.digest(
              ramdisk(builder.bootstrap(BootstrapFiles.withModules(init, order, dir)), 0)));
    }
  }

  /** Something of everything, in layers that list every directory, as Docker's do. */
  static TestImage everything() {
    TarArchiveEntry bin = entry("bin/", 0711, 1, 2);
    TarArchiveEntry tool = entry("bin/tool", 06755, 3_000_000, 5);
    TarArchiveEntry tmp = entry("tmp/", 01777, 0, 0);
    TarArchiveEntry etc = entry("etc/", 0700, 9, 9);
    TarArchiveEntry hosts = entry("etc/hosts", 0640, 0, 9);
    Tar lower = new Tar()
        .at(1_500_000_000)
        .add(tool, "tool".getBytes(UTF_8))
        .add(bin, new byte[0])
        .add(link("bin-tool", tool), new byte[0])
        .add(link("bin/a", tool), new byte[0])
        .symlink("bin/sh", "tool")
        .hardLink("bin/bash", "bin/sh")
        .at(1_600_000_000)
        .add(etc, new byte[0])
        .add(hosts, "mine".getBytes(UTF_8))
        .add(link("etc/hosts.orig", hosts), new byte[0])
        .file("etc/hostname", "h")
        .symlink("etc/resolv.conf", "../run/resolv")
        .file("etc/I\u0131i", "1234567")
        .directory("gone")
        .file("gone/a", "a")
        .directory("opaque")
        .file("opaque/a", "a")
        .add(tmp, new byte[0])
        .file("Dockerfile", "FROM scratch")
        .directory("dev")
        .device("dev/null", 1, 3)
        .file("dev/console", "")
        .symlink("proc", "/elsewhere")
        .symlink("long", "t".repeat(150))
        .at(-7)
        .file("n".repeat(200), "name")
        .file("z", "old");
    Tar upper = new Tar()
        .at(1_700_000_000)
        .file(".wh.gone", "")
        .directory("opaque")
        .file("opaque/.wh..wh..opq", "")
        .file("opaque/b", "b")
        .add(bin, new byte[0])
        .file("bin/.wh.a", "")
        .file("z", "new");
    return image(lower, upper)
        .run("\"Entrypoint\":[\"/e\"],\"Cmd\":[\"/bin/tool\",\"x y\"],\"Env\":[\"A=b\",\"C=\"]");
  }

  private static TarArchiveEntry entry(String name, int mode, int uid, int gid) {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setMode(mode);
    entry.setIds(uid, gid);
    return entry;
  }

  /** Another name of {@code file}, with the mode and owner that archivers repeat. */
  private static TarArchiveEntry link(String name, TarArchiveEntry file) {
    TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_LINK, true);
    link.setLinkName(file.getName());
    link.setMode(file.getMode());
    link.setIds((int) file.getLongUserId(), (int) file.getLongGroupId());
    return link;
  }
}
