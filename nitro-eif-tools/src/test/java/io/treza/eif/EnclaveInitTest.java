package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.InitOptions.Heartbeat;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.ImageLimits;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What an enclave image has that boots with this project's init. */
class EnclaveInitTest {
  private static final EnclaveInit INIT = init("an init");
  private static final TestImage IMAGE = TestImage.of(new Tar()
      .file("usr/etc/passwd", "app:x:10:11::/home/app:/bin/sh\n")
      .symlink("etc", "/usr/./etc/")
      .bytes());

  private static final InitOptions UNLIKE_DEFAULTS = InitOptions.defaults()
      .withHardened(true)
      .withHeartbeat(Heartbeat.TOLERATED)
      .withAgent(false)
      .withChannels(new Channels(List.of(8443, 80), List.of("b.example.com:443", "*.a.test:1")));

  @TempDir
  Path dir;

  private Path kernel;

  @BeforeEach
  void prepare() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "no known kernel");
  }

  private static EnclaveInit init(String bytes) {
    return new EnclaveInit(
        Architecture.X86_64,
        Content.of(bytes.getBytes(UTF_8)),
        Content.of("an agent".getBytes(UTF_8)),
        Content.of("a forwarder".getBytes(UTF_8)));
  }

  /** Names of a ramdisk's files, and what is in those that are small. */
  private List<String> ramdisk(Path eif, int number) throws IOException {
    EifFile file = EifFile.open(eif);
    EifSection section = file.sections().stream()
        .filter(s -> s.type() == EifSection.Type.RAMDISK)
        .toList()
        .get(number);
    List<String> files = new ArrayList<>();
    Ramdisk.of(file, section, ImageLimits.defaults()).forEach((entry, content) -> {
      String bytes = new String(content.readAllBytes(), ISO_8859_1);
      files.add(entry.path() + (bytes.isEmpty() ? "" : "=" + bytes));
    });
    return files;
  }

  private Path build(TestImage image, EnclaveImageBuilderChange change) throws IOException {
    Path target = dir.resolve("a.eif");
    try (ContainerImage opened = open(image)) {
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(opened, kernel, "quiet");
      change.to(builder);
      builder.build(target);
    }
    return target;
  }

  private EnclaveImage measure(TestImage image, EnclaveInit init, InitOptions options)
      throws IOException {
    try (ContainerImage opened = open(image)) {
      return EnclaveImageBuilder.of(opened, kernel, "quiet").init(init, options).measure();
    }
  }

  private ContainerImage open(TestImage image) throws IOException {
    return ContainerImage.open(TestImage.toArchive(image.dockerFiles(), dir.resolve("image.tar")));
  }

  @FunctionalInterface
  private interface EnclaveImageBuilderChange {
    void to(EnclaveImageBuilder builder) throws IOException;
  }

  private static String fields(String... fields) {
    return String.join("\0", fields) + "\0";
  }

  @ParameterizedTest
  @EnumSource(RamdiskLayout.class)
  void theSecondRamdiskSaysWhatToRunByteForByte(RamdiskLayout layout) throws IOException {
    Path eif = build(
        IMAGE.run("""
            "Entrypoint":["/app","ü\\n"],"User":"app","WorkingDir":"/w",
            "Env":["A","B=1","B=2","=C"],"Volumes":{"/z/y":{},"/a":{}}""".replace(",\"=C\"", "")), b -> b.layout(layout).init(INIT, UNLIKE_DEFAULTS));
    String process = fields(
        "process=treza-process-2",
        "heartbeat=tolerated",
        "agent=no",
        "harden=yes",
        "2",
        "80",
        "8443",
        "2",
        "*.a.test:1",
        "b.example.com:443",
        "10",
        "11",
        "1",
        "11",
        "/w",
        "4",
        "/a",
        "/run",
        "/tmp",
        "/z/y",
        "2",
        "/app",
        "Ã¼\n",
        "7",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "B=2",
        "HOME=/home/app",
        "HTTPS_PROXY=http://127.0.0.1:3128",
        "https_proxy=http://127.0.0.1:3128",
        "NO_PROXY=localhost,127.0.0.1",
        "no_proxy=localhost,127.0.0.1");
    List<String> files = ramdisk(eif, 1);
    assertEquals(process, files.get(files.size() - 1));
    assertEquals(
        Set.of(),
        Set.copyOf(files.stream().filter(f -> f.matches("(cmd|env)=.*")).toList()));
  }

  @Test
  void theChannelsAreTheImagesOwnUnlessTheyAreStated() throws IOException {
    TestImage image = IMAGE.run("""
        "Cmd":["a"],"ExposedPorts":{"443/tcp":{}},"Env":["https_proxy=own"],
        "Labels":{"io.treza.egress":"a.test:1"}""");
    Path own = build(image, b -> b.init(INIT, InitOptions.defaults()));
    String process =
        ramdisk(own, 1).stream().filter(f -> f.startsWith("process=")).toList().get(0);
    assertTrue(process.contains(fields("harden=no", "1", "443", "1", "a.test:1", "0")), process);
    // An image that has a proxy keeps it.
    assertFalse(process.contains("HTTPS_PROXY"), process);
    EnclaveImage none = measure(image, INIT, InitOptions.defaults().withChannels(Channels.none()));
    assertNotEquals(
        none.measurements().pcr2(),
        EifFile.open(own).measurements().orElseThrow().pcr2());
  }

  @Test
  void theFirstRamdiskHasThisProjectsProgramsAndTheModulesThatWereThere() throws IOException {
    List<FileEntry> aws = List.of(
        FileEntry.directory("dev", 0755),
        FileEntry.regular("init", 0755, Content.of("AWS's".getBytes(UTF_8))),
        FileEntry.regular("nsm.ko", 0755, Content.of("a module".getBytes(UTF_8))));
    Path eif = build(IMAGE, b -> b.bootstrap(aws).init(INIT, InitOptions.defaults()));
    assertEquals(
        List.of(
            "dev",
            "init=an init",
            "agent=an agent",
            "forwarder=a forwarder",
            "modules_load_order=nsm.ko\n",
            "nsm.ko=a module"),
        ramdisk(eif, 0));
    List<FileEntry> listed = new ArrayList<>(aws);
    listed.add(FileEntry.regular("modules_load_order", 0644, Content.of("own".getBytes(UTF_8))));
    assertEquals(
        List.of(
            "dev",
            "init=an init",
            "agent=an agent",
            "forwarder=a forwarder",
            "nsm.ko=a module",
            "modules_load_order=own"),
        ramdisk(build(IMAGE, b -> b.bootstrap(listed).init(INIT, InitOptions.defaults())), 0));
  }

  @Test
  void pcr1IsOneForAllApplicationsAndOptionsAndTellsTheInit() throws IOException {
    EnclaveImage one = measure(IMAGE, INIT, InitOptions.defaults());
    TestImage other = TestImage.of(new Tar().file("x", "y").bytes()).run("\"Cmd\":[\"x\"]");
    EnclaveImage two = measure(other, INIT, UNLIKE_DEFAULTS);
    assertEquals(one.measurements().pcr1(), two.measurements().pcr1());
    assertNotEquals(one.measurements().pcr2(), two.measurements().pcr2());
    EnclaveImage hardened = measure(IMAGE, INIT, InitOptions.defaults().withHardened(true));
    assertNotEquals(one.measurements().pcr2(), hardened.measurements().pcr2());
    EnclaveImage newer = measure(IMAGE, init("another init"), InitOptions.defaults());
    assertNotEquals(one.measurements().pcr1(), newer.measurements().pcr1());
    assertEquals(one.measurements().pcr2(), newer.measurements().pcr2());
  }

  @Test
  void everyBuildSaysTheDigestsOfWhatItBootsWith() throws IOException {
    EnclaveImage image = measure(IMAGE, INIT, InitOptions.defaults());
    assertEquals(
        Set.of("agent", "cmdline", "forwarder", "init", "kernel"), image.blobs().keySet());
    assertEquals(
        TestImage.digest("an init".getBytes(UTF_8)), "sha256:" + image.blobs().get("init"));
    Path eif = build(IMAGE, b -> b.init(INIT, InitOptions.defaults()));
    assertEquals(image.blobs(), BlobIdentity.of(EifFile.open(eif)).digests());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"Cmd\":[]                                  | nothing to run",
        "\"Cmd\":[\"a\"],\"User\":\"nobody\"         | no user \"nobody\"",
        "\"Cmd\":[\"a\"],\"User\":\"1953659489\"     | own id of the attestation agent",
        "\"Cmd\":[\"a\"],\"User\":\"1953659494\"     | own id of the attestation agent",
        "\"Cmd\":[\"a\\u0000\"]                      | the command has an item with a NUL",
        "\"Cmd\":[\"a\"],\"Env\":[\"A=\\u0000\"]     | the environment has an item with a NUL",
        "\"Cmd\":[\"a\"],\"Env\":[\"=b\"]            | a variable without a name",
        "\"Cmd\":[\"a\"],\"WorkingDir\":\"b\"        | WORKDIR is \"b\"",
        "\"Cmd\":[\"a\"],\"Volumes\":{\"/\":{}}      | VOLUME is \"/\"",
        "\"Cmd\":[\"a\"],\"Volumes\":{\"//./\":{}}   | VOLUME is \"//./\"",
        "\"Cmd\":[\"a\"],\"Volumes\":{\"/a/..\":{}}  | VOLUME is \"/a/..\"",
        "\"Cmd\":[\"a\"],\"Volumes\":{\"a\":{}}      | VOLUME is \"a\"",
        "\"Cmd\":[\"a\"],\"ExposedPorts\":{\"9001/tcp\":{}} | port 9001",
        "\"Cmd\":[\"a\"],\"Labels\":{\"io.treza.egress\":\"*:443\"} | host \"*:443\""
      })
  void whatInitCouldNotRunIsAnErrorOfTheBuild(String run, String message) {
    assertRefused(
        EifException.class, () -> measure(IMAGE.run(run), INIT, InitOptions.defaults()), message);
  }

  @Test
  void anInitForAnotherProcessorIsRefused() {
    assertRefused(
        EifException.class,
        () -> measure(IMAGE.architecture("arm64"), INIT, InitOptions.defaults()),
        "for arm64, and init is for amd64");
  }

  @Test
  void theProgramsOfThisBuildAreSmallStaticAndSayNothingOfWhereTheyWereMade() throws IOException {
    Optional<EnclaveInit> bundled = EnclaveInit.bundled(Architecture.X86_64);
    Requirement.require(
        bundled.isPresent(), "this build has no init for x86_64: is musl-gcc here?");
    EnclaveInit init = bundled.orElseThrow();
    List<Content> programs = List.of(init.init(), init.agent(), init.forwarder());
    assertTrue(programs.stream().mapToLong(Content::size).sum() < 200_000);
    for (Content program : programs) {
      byte[] bytes = TestImage.read(program);
      assertEquals("\u007fELF", new String(bytes, 0, 4, ISO_8859_1));
      // ET_DYN: at a random address. 62 is x86_64.
      assertEquals(List.of((byte) 3, (byte) 62), List.of(bytes[16], bytes[18]));
      String text = new String(bytes, ISO_8859_1);
      assertFalse(text.contains(Path.of("").toAbsolutePath().toString()));
      assertFalse(text.contains("ld-musl"));
      assertFalse(Arrays.asList(text.split("\0")).contains("GNU"), "has a build id");
    }
  }
}
