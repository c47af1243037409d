package io.treza.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza demo}: the main job, end to end, on this machine. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Show the main job end to end: image, enclave, evidence, verdict; and what is refused.",
      "Ends with 0 only if everything that must verify did and everything else was refused."
    })
final class DemoCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Option(names = "--json", description = "One JSON object a step, each on its own line.")
  private boolean json;

  @Mixin
  private BackendOptions backendOptions = new BackendOptions();

  @Option(
      names = "--shared",
      hidden = true,
      defaultValue = "${sys:treza.shared:-}",
      description = "Where real documents may be.")
  private Path shared = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    Path directory = temporary();
    try {
      Demo demo = new Demo(
          backendOptions,
          directory,
          shared.resolve("attestation/documents"),
          new DemoOutput(spec.commandLine().getOut(), json));
      return demo.run() ? Treza.YES : Treza.NO;
    } catch (IOException e) {
      throw new Unusable("the demo cannot read or write: " + e.getMessage(), e);
    } finally {
      delete(directory);
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("treza-demo-");
    } catch (IOException e) {
      throw new Unusable("no temporary directory: " + e.getMessage(), e);
    }
  }

  /** What cannot be deleted is left to the system's own cleaning of temporary files. */
  private void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      spec.commandLine().getErr().println("treza: left behind: " + directory);
    }
  }
}
