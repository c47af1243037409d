package io.treza.samples.serviceimage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Audit;
import io.treza.audit.AuditReport;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Result;
import io.treza.image.ContainerImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image that is made is hardened by this project's own audit, and the same whenever it is made. */
class ServiceImageTest {
  @TempDir
  private Path directory;

  /** Whatever is on the class path is not looked at here. */
  private Path image(String name) throws IOException, InterruptedException {
    Requirement.require(Files.exists(Path.of("/usr/bin/ldd")), "ldd is not here");
    Path classes = Files.createDirectories(directory.resolve("classes/a/b"));
    Files.write(classes.resolve("C.class"), new byte[] {1, 2, 3});
    Path image = directory.resolve(name);
    new ServiceImage("a.b.C")
        .classPath(List.of(directory.resolve("classes")))
        .setting("publisher.pem", new byte[] {4})
        .variable("NAME", "value")
        .allow(List.of("one.example.com:443", "*.two.example.com:8443"))
        .write(image, JavaRuntime.link(directory.resolve(name + "-runtime")));
    return image;
  }

  @Test
  void isTheSameWheneverItIsMade() throws Exception {
    assertEquals(
        Files.readString(image("first").resolve("index.json")),
        Files.readString(image("second").resolve("index.json")));
  }

  @Test
  void passesTheAuditAndSaysWhatGoesInAndOut() throws Exception {
    try (ContainerImage image = ContainerImage.open(image("image"))) {
      assertEquals(Set.of("8443/tcp"), Set.copyOf(image.description().details().exposedPorts()));
      assertEquals(
          "one.example.com:443 *.two.example.com:8443",
          image.description().details().labels().get("io.treza.egress"));
      assertEquals("65532:65532", image.config().user());
      AuditReport report = Audit.builder()
          .image("image", image)
          .enclave(
              EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA).hardened(true).build())
          .run();
      assertTrue(report.passes());
      Set<Result> results = report.subjects().get(0).checks().stream()
          .map(check -> check.result())
          .collect(Collectors.toSet());
      assertFalse(results.contains(Result.FAIL), report::toMarkdown);
    }
  }
}
