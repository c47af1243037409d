package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.internal.readiness.SampleImage.assertFound;
import static io.treza.audit.internal.readiness.SampleImage.assertNothingFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.image.ContainerImage;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDescription;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs and images that others made. */
class RealProgramsTest {
  @TempDir
  Path work;

  /**
   * An image of the files that this machine's own loader lists for a program has all that is needed,
   * and without any one of them something is missing.
   */
  @ParameterizedTest
  @ValueSource(strings = {"/bin/ls", "/usr/bin/git", "/usr/bin/python3", "/usr/bin/curl"})
  void needsWhatTheLoaderOfThisMachineLists(String program) throws Exception {
    Assumptions.assumeTrue(Files.isReadable(Path.of(program)), program + " is not here");
    List<String> listed = listed(program);
    Readiness whole = image(program, listed, "").judge(work);
    assertNothingFails(whole, "E");
    assertFound(whole, "E05", PASS, "all " + (listed.size() - 1) + " libraries");
    for (String left : listed) {
      Readiness readiness = image(program, listed, left).judge(work);
      String id = left.contains("ld-linux") ? "E05-loader" : "E05-library";
      assertFound(readiness, id, FAIL, left.substring(left.lastIndexOf('/') + 1));
    }
  }

  private static SampleImage image(String program, List<String> files, String without)
      throws IOException {
    String processor = System.getProperty("os.arch");
    SampleImage image = new SampleImage()
        .architecture(processor.equals("aarch64") ? "arm64" : "amd64")
        .program(program.substring(1), Files.readAllBytes(Path.of(program)))
        .entrypoint(program);
    for (String file : files) {
      if (!file.equals(without)) {
        image.program(file.substring(1), Files.readAllBytes(Path.of(file)));
      }
    }
    return image;
  }

  /** Paths of the loader and the libraries, as ldd prints them. */
  private static List<String> listed(String program) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder("ldd", program).start();
    } catch (IOException e) {
      return Assumptions.abort("ldd is not here");
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    List<String> paths = new ArrayList<>();
    Matcher matcher = Pattern.compile("(/\\S+) \\(0x").matcher(text);
    while (matcher.find()) {
      paths.add(matcher.group(1));
    }
    return paths;
  }

  @ParameterizedTest
  @CsvSource({
    "alpine-310.tar.gz, /bin/sh, musl",
    "alpine-310.tar.gz, /sbin/apk, musl",
    "alpine-310.tar.gz, /usr/bin/scanelf, musl",
    "busybox-docker.tar, /bin/sh, statically",
    "test.oci, /hello, statically"
  })
  void programsOfRealImagesHaveWhatTheyNeed(String name, String program, String libraries)
      throws IOException {
    Readiness readiness = judge(name, List.of(program));
    assertNothingFails(readiness, "E");
    assertFound(readiness, "E05", PASS, libraries);
  }

  @Test
  void scriptOfARealImageIsFollowed() throws IOException {
    Readiness readiness = judge("alpine-310.tar.gz", List.of("/usr/bin/ldd", "/bin/sh"));
    assertFound(readiness, "E03", PASS, "/usr/bin/ldd", "/bin/sh");
  }

  @Test
  void jibsImageWithoutJavaFails() throws IOException {
    Path image = Requirement.shared("images").resolve("jib-image-small.tar");
    Readiness readiness = SampleImage.judge(image, work, EnclaveTarget.defaults());
    assertFound(readiness, "E02", FAIL, "init looks for java");
  }

  private Readiness judge(String name, List<String> command) throws IOException {
    ImageSurvey survey = ImageSurvey.of(
        ContainerImage.opener().workDirectory(work),
        Requirement.shared("images").resolve(name),
        List.of(Readiness.interest()));
    ImageDescription image = survey.description();
    ImageConfig config = image.config();
    ImageDescription changed = new ImageDescription(
        new ImageConfig(
            config.architecture(), config.os(), command, List.of(), config.env(), "", ""),
        image.details(),
        image.configDigest(),
        image.manifestDigest(),
        image.layers());
    return Readiness.of(changed, survey.root(), EnclaveTarget.defaults());
  }
}
