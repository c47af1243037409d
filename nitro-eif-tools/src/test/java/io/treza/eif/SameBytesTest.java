package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.treza.image.ContainerImage;
import io.treza.image.CredentialSource;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.TestRegistry;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One content gives one file, whatever brings it and wherever it is built. */
class SameBytesTest {
  private static final TestImage IMAGE = TestImage.of(
      new Tar()
          .directory("bin")
          .file("bin/app", "elf")
          .hardLink("bin/b", "bin/app")
          .file("etc/I\u0131i", "1234567890")
          .symlink("etc/l", "I\u0131i")
          .bytes(),
      new Tar().file("bin/.wh.b", "").file("z", "last").bytes());

  /** The same files, as other programs might have archived them. */
  private static final TestImage REORDERED = TestImage.of(
      new Tar()
          .symlink("etc/l", "I\u0131i")
          .file("etc/I\u0131i", "1234567890")
          .file("bin/app", "elf")
          .directory("bin")
          .hardLink("bin/b", "bin/app")
          .bytes(),
      new Tar().file("z", "last").file("bin/.wh.b", "").bytes());

  @TempDir
  Path dir;

  private Path archive;
  private Path target;

  @BeforeEach
  void save() throws IOException {
    archive = TestImage.toArchive(IMAGE.dockerFiles(), dir.resolve("image.tar"));
    target = dir.resolve("a.eif");
  }

  private String build(Path saved) throws IOException {
    try (ContainerImage image = ContainerImage.open(saved)) {
      return BuildInChild.build(image, target);
    }
  }

  @Test
  void fromDockerArchiveAndOciLayout() throws IOException {
    String expected = build(archive);
    assertEquals(expected, build(TestImage.toDirectory(IMAGE.ociFiles(), dir.resolve("layout"))));
    assertEquals(expected, build(TestImage.toArchive(IMAGE.ociFiles(), dir.resolve("layout.tar"))));
  }

  @Test
  void fromRegistry() throws IOException, InterruptedException {
    try (TestRegistry registry = new TestRegistry(dir)) {
      registry.push("shop/app", "1", IMAGE);
      RegistryAccess access = RegistryAccess.builder()
          .cache(dir.resolve("cache"))
          .credentials(CredentialSource.docker(
              registry.dockerConfig(dir.resolve("docker"), TestRegistry.AUTH)))
          .build();
      try (ContainerImage image = ContainerImage.opener()
          .registries(access)
          .open(RegistryReference.parse(registry.name() + "/shop/app:1"))) {
        assertEquals(build(archive), BuildInChild.build(image, target));
      }
    }
  }

  @Test
  void withFilesArrivingInAnotherOrder() throws IOException {
    Path reordered = TestImage.toArchive(REORDERED.dockerFiles(), dir.resolve("reordered.tar"));
    assertEquals(build(archive), build(reordered));
  }

  /** The tests above compare something. */
  @Test
  void otherContentGivesOtherBytes() throws IOException {
    TestImage other = TestImage.of(new Tar().file("z", "lasT").bytes());
    assertNotEquals(
        build(archive), build(TestImage.toArchive(other.dockerFiles(), dir.resolve("other.tar"))));
  }

  /** Turkish lower-cases I its own way; Arabic formats numbers with its own digits. */
  @ParameterizedTest
  @CsvSource({
    "en, US, UTC, UTF-8",
    "tr, TR, Asia/Kathmandu, ISO-8859-1",
    "ar, EG, America/St_Johns, US-ASCII"
  })
  void inOtherLocalesZonesAndEncodings(String language, String country, String zone, String charset)
      throws IOException, InterruptedException {
    List<String> options = List.of(
        "-Duser.language=" + language,
        "-Duser.country=" + country,
        "-Duser.timezone=" + zone,
        "-Dfile.encoding=" + charset);
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    assertEquals(build(archive), BuildInChild.run(java, options, archive, target));
  }

  @Test
  void onOtherJdks() throws IOException, InterruptedException {
    List<Path> others = otherJdks();
    Requirement.require(
        !others.isEmpty(),
        "there is no JDK of another version below /usr/lib/jvm or where -Dtreza.jdks says");
    for (Path java : others) {
      assertEquals(
          build(archive), BuildInChild.run(java, List.of(), archive, target), java::toString);
    }
  }

  /** Of each JDK from 17 on but this one's version, the command {@code java}. */
  private static List<Path> otherJdks() throws IOException {
    Path root = Path.of(System.getProperty("treza.jdks", "/usr/lib/jvm"));
    List<Path> others = new ArrayList<>();
    if (Files.isDirectory(root)) {
      try (Stream<Path> homes = Files.list(root)) {
        for (Path home : homes.sorted().toList()) {
          Path java = home.resolve("bin/java");
          if (Files.isExecutable(java) && isOther(home.resolve("release"))) {
            others.add(java);
          }
        }
      }
    }
    return others;
  }

  private static boolean isOther(Path release) throws IOException {
    Properties properties = new Properties();
    if (Files.exists(release)) {
      try (InputStream in = Files.newInputStream(release)) {
        properties.load(in);
      }
    }
    // "1.8.0_402", with the quotes, was of Java 8.
    String version = properties.getProperty("JAVA_VERSION", "0").replace("\"", "");
    int feature = Integer.parseInt(version.split("[^0-9]", 2)[0]);
    return feature >= 17 && feature != Runtime.version().feature();
  }
}
