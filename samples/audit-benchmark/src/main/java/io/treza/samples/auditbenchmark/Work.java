package io.treza.samples.auditbenchmark;

import com.sun.management.OperatingSystemMXBean;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.image.ImageAudit;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.image.ContainerImage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** What is measured: one piece of work in a JVM of its own, with a small heap. */
public final class Work {
  private Work() {}

  /**
   * Does it, and prints the nanoseconds by the clock, those of all threads' processor time since the
   * JVM started, and how many files with secrets were found.
   *
   * @param arguments the work, and the layout to work on
   */
  public static void main(String... arguments) throws IOException {
    Path layout = Path.of(arguments[1]);
    long start = System.nanoTime();
    long found = switch (arguments[0]) {
      case "decompress" -> decompress(layout);
      case "audit" -> audit(layout);
      default -> throw new IllegalArgumentException("unknown work " + arguments[0]);
    };
    long wall = System.nanoTime() - start;
    long cpu =
        ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    System.out.println(wall + " " + cpu + " " + found);
  }

  private static long decompress(Path layout) throws IOException {
    for (Path layer : LargeImage.layers(layout)) {
      try (InputStream in = new GZIPInputStream(
          new BufferedInputStream(Files.newInputStream(layer), 1 << 16), 1 << 16)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    return 0;
  }

  private static long audit(Path layout) throws IOException {
    ImageSurvey survey =
        ImageSurvey.of(ContainerImage.opener(), layout, List.of(ImageAudit.interest()));
    List<Finding> findings = ImageAudit.findings(survey, Optional.empty());
    return findings.stream()
        .filter(f -> f.id().equals("H04-file") && f.result() == Result.FAIL)
        .count();
  }
}
