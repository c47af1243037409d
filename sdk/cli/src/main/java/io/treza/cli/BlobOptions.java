package io.treza.cli;

import io.treza.eif.BootstrapFiles;
import io.treza.eif.InitOptions;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What an enclave boots with: the kernel, its arguments, init and modules. */
final class BlobOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--blobs",
      paramLabel = "DIR",
      description = {
        "Kernel (bzImage or Image), cmdline, init and nsm.ko, as AWS ships them in",
        "/usr/share/nitro_enclaves/blobs; or, in place of nsm.ko, modules_load_order and, beside it",
        "or in the directory modules, the modules that it names, for the init of nitro-cli 2.",
        "Default: $NITRO_CLI_BLOBS. The options below replace one each."
      })
  private @Nullable Path blobs;

  @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel.")
  private @Nullable Path kernel;

  @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's arguments.")
  private @Nullable String cmdline;

  @Option(
      names = "--init",
      paramLabel = "INIT",
      description = {
        "The enclave's first process. treza: this project's, which runs the command as a container",
        "does, with USER, WORKDIR and PATH, and starts the attestation agent and what carries the",
        "enclave's channels. aws: the init among the blobs. Or a FILE that does as AWS's does, ./treza",
        "if that is its name. Default: aws."
      })
  private @Nullable String init;

  @Mixin
  private InitChoices choices = new InitChoices();

  @Option(
      names = "--nsm-module",
      paramLabel = "FILE",
      description = "The NSM driver; kernels from 6.8 can have it built in.")
  private @Nullable Path nsmModule;

  /**
   * What was found.
   *
   * @param files those of the first ramdisk
   * @param treza how this project's init is to run the command, if it is to
   */
  record Boot(Path kernel, String cmdline, List<FileEntry> files, Optional<InitOptions> treza) {}

  /** Finds everything; says so if it is where the environment says. */
  Boot resolve() throws IOException {
    Optional<Path> directory = directory();
    Path kernelFile = kernel != null ? kernel : blob(directory, "kernel", "bzImage", "Image");
    Optional<InitOptions> treza = choices.options("treza".equals(init));
    List<FileEntry> first = new ArrayList<>();
    if (treza.isEmpty()) {
      boolean named = init != null && !init.equals("aws");
      Path initFile = named ? Path.of(init) : blob(directory, "init", "init");
      first.addAll(BootstrapFiles.withoutModules(initFile));
    }
    first.addAll(modules(directory));
    return new Boot(kernelFile, arguments(directory, kernelFile), first, treza);
  }

  /** The kernel and its arguments alone, for ramdisks that are there already. */
  Boot withoutFiles() {
    if (blobs != null || init != null || nsmModule != null) {
      throw new Unusable("--ramdisk takes the ramdisks as they are: leave out --blobs, --init and"
          + " --nsm-module");
    }
    if (kernel == null || cmdline == null) {
      throw new Unusable("--ramdisk also needs --kernel FILE and --cmdline TEXT");
    }
    return new Boot(kernel, cmdline, List.of(), choices.options(false));
  }

  private Optional<Path> directory() {
    String named = System.getenv("NITRO_CLI_BLOBS");
    if (blobs != null || named == null || named.isEmpty()) {
      return Optional.ofNullable(blobs);
    }
    say("The blobs are those in " + named + ", which NITRO_CLI_BLOBS names.");
    return Optional.of(Path.of(named));
  }

  private static Path blob(Optional<Path> directory, String option, String... names) {
    Path blobs = directory.orElseThrow(
        () -> new Unusable("no " + option + ": give --" + option + " FILE, or --blobs DIR"));
    for (String candidate : names) {
      if (Files.exists(blobs.resolve(candidate))) {
        return blobs.resolve(candidate);
      }
    }
    throw new Unusable(blobs + " holds no " + String.join(" or ", names) + "; add it, or give --"
        + option + " FILE");
  }

  private String arguments(Optional<Path> directory, Path kernelFile) throws IOException {
    if (cmdline != null) {
      return cmdline;
    }
    Path blobs = directory.orElseThrow(() -> new Unusable(
        "no kernel arguments for " + kernelFile + ": give --cmdline, or --blobs with AWS's"));
    return Files.readString(blobs.resolve("cmdline"), StandardCharsets.US_ASCII).strip();
  }

  private List<FileEntry> modules(Optional<Path> directory) throws IOException {
    Optional<Path> loadOrder = present(directory, "modules_load_order");
    if (nsmModule != null) {
      if (loadOrder.isPresent()) {
        throw new Unusable(loadOrder.get() + " says which modules to load: leave out --nsm-module");
      }
      return BootstrapFiles.nsmModule(nsmModule);
    } else if (directory.isEmpty()) {
      return List.of();
    }
    List<FileEntry> modules = BootstrapFiles.modulesIn(directory.get());
    if (modules.isEmpty()) {
      say(directory.get() + " holds neither nsm.ko nor modules_load_order. The kernel needs the NSM"
          + " driver built in, as Linux can have it since 6.8.");
    }
    return modules;
  }

  private static Optional<Path> present(Optional<Path> directory, String name) {
    return directory.map(d -> d.resolve(name)).filter(Files::exists);
  }

  private void say(String what) {
    command.commandLine().getErr().println(Printable.text(what));
  }
}
