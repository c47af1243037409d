package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.image.ContainerImage;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** What the audit found in an image made for a test, and what to expect of it. */
record Audited(ImageSurvey survey, List<Finding> findings) {
  /** Audits the files of {@code layers}. */
  static Audited of(Tar... layers) throws IOException {
    return of(TestImage.of(Stream.of(layers).map(Tar::bytes).toArray(byte[][]::new)));
  }

  static Audited of(TestImage image) throws IOException {
    Path directory = Files.createTempDirectory("image");
    try {
      TestImage.toDirectory(image.ociFiles(), directory);
      return of(ImageSurvey.of(ContainerImage.opener(), directory, List.of(ImageAudit.interest())));
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  static Audited of(ImageSurvey survey) {
    return new Audited(survey, ImageAudit.findings(survey, Optional.empty()));
  }

  /** A tar entry that may be run. */
  static Tar program(Tar tar, String name, String content) {
    return file(tar, name, 0755, content);
  }

  static Tar file(Tar tar, String name, int mode, String content) {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setMode(mode);
    return tar.add(entry, content.getBytes(UTF_8));
  }

  static Tar directory(Tar tar, String name, int mode) {
    TarArchiveEntry entry = new TarArchiveEntry(name + "/", true);
    entry.setMode(mode);
    return tar.add(entry, new byte[0]);
  }

  /** All findings with this id. */
  List<Finding> all(String id) {
    return findings.stream().filter(f -> f.id().equals(id)).toList();
  }

  /** There is one finding with this id, it has this result, and its message every part. */
  Finding assertOne(String id, Result result, String... parts) {
    List<Finding> found = all(id);
    assertEquals(1, found.size(), () -> id + " in " + findings);
    Finding finding = found.get(0);
    assertEquals(result, finding.result(), finding::message);
    for (String part : parts) {
      assertTrue(finding.message().contains(part), () -> part + " is not in: " + finding.message());
    }
    return finding;
  }

  void assertNone(String id) {
    assertEquals(List.of(), all(id));
  }

  static void assertPlace(String path, Finding finding) {
    assertEquals(path, ((Location.ImageFile) finding.location()).path());
  }
}
