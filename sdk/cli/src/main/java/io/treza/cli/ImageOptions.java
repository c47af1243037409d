package io.treza.cli;

import io.treza.audit.Audit;
import io.treza.audit.AuditReport;
import io.treza.image.ContainerImage;
import io.treza.image.ImageConfig;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which container image a command works on, and how it is had. */
final class ImageOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Parameters(
      arity = "0..1",
      paramLabel = "IMAGE",
      description = {
        "Container image, as skopeo names them: docker://NAME[:TAG][@DIGEST] in a registry,",
        "docker-archive:FILE[:NAME], oci:PATH[:TAG], oci-archive:FILE[:TAG], dir:DIRECTORY, or",
        "rootfs:DIRECTORY for plain files. A bare file or registry name will do where it can be",
        "nothing else."
      })
  private @Nullable String positional;

  @Option(names = "--image", paramLabel = "IMAGE", description = "The same, as an option.")
  private @Nullable String option;

  @Option(
      names = "--platform",
      paramLabel = "PLATFORM",
      description = "Which of several to take: linux/amd64 or linux/arm64.")
  private @Nullable String platform;

  @Option(
      names = "--insecure-http",
      paramLabel = "REGISTRY",
      description = {
        "Talk to this registry (host or host:port) without TLS: others can read the password and",
        "change the image. Never needed for localhost."
      })
  private List<String> insecure = List.of();

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where pulled blobs are kept. Default: treza in the user's cache directory.")
  private @Nullable Path cache;

  @Option(names = "--offline", description = "Use no network; what is not cached is an error.")
  private boolean offline;

  @Option(
      names = "--command",
      paramLabel = "WORD",
      description = "With rootfs: what to run, one word at a time.")
  private List<String> words = List.of();

  @Option(
      names = "--env",
      paramLabel = "NAME=VALUE",
      description = "With rootfs: an environment variable.")
  private List<String> env = List.of();

  @Mixin
  private LimitOptions limits = new LimitOptions();

  @Option(names = "--docker-uri", hidden = true)
  private @Nullable String dockerUri;

  /** Whether an image was named at all. */
  boolean isGiven() {
    if (dockerUri != null) {
      // nitro-cli's option means a daemon's image first, so it must not mean another's here.
      throw new CommandLine.ParameterException(
          command.commandLine(),
          "--docker-uri: no Docker daemon is asked; --image docker://" + dockerUri
              + " takes it from its registry, and docker save " + dockerUri
              + " -o image.tar from this machine for --image image.tar");
    }
    return positional != null || option != null;
  }

  /** What to do with an image, by where it is. */
  private interface Reader<T> {
    T root(ContainerImage.Opener opener, Path directory, ImageConfig config) throws IOException;

    T registry(ContainerImage.Opener opener, RegistryReference reference) throws IOException;

    T saved(ContainerImage.Opener opener, Path path) throws IOException;
  }

  /** Opens the image; the caller closes it. */
  ContainerImage open() throws IOException {
    return read(new Reader<>() {
      @Override
      public ContainerImage root(ContainerImage.Opener opener, Path directory, ImageConfig config)
          throws IOException {
        return opener.openRoot(directory, config);
      }

      @Override
      public ContainerImage registry(ContainerImage.Opener opener, RegistryReference reference)
          throws IOException {
        return opener.open(reference);
      }

      @Override
      public ContainerImage saved(ContainerImage.Opener opener, Path path) throws IOException {
        return opener.open(path);
      }
    });
  }

  /** Audits the image with what else {@code audit} has, and stores none of it. */
  AuditReport audit(Audit.Builder audit) throws IOException {
    String name = name();
    return read(new Reader<>() {
      @Override
      public AuditReport root(ContainerImage.Opener opener, Path directory, ImageConfig config)
          throws IOException {
        try (ContainerImage image = opener.openRoot(directory, config)) {
          return audit.image(name, image).run();
        }
      }

      @Override
      public AuditReport registry(ContainerImage.Opener opener, RegistryReference reference)
          throws IOException {
        return audit.image(name, opener, reference).run();
      }

      @Override
      public AuditReport saved(ContainerImage.Opener opener, Path path) throws IOException {
        return audit.image(name, opener, path).run();
      }
    });
  }

  /** The image as scanners are told of it. */
  ScannerProcess.Target scanTarget() {
    ImageName name = ImageName.parse(name());
    if (name instanceof ImageName.InRegistry in) {
      return new ScannerProcess.Target.Registry(
          in.reference().toString(),
          Optional.ofNullable(platform).map(p -> "linux/" + architecture(p)));
    } else if (name instanceof ImageName.Saved saved && saved.tag().isEmpty()) {
      return new ScannerProcess.Target.Saved(saved.path());
    }
    throw new Unusable("--scan takes images in registries, archives and layouts of one image; scan"
        + " this one by hand and give --scan-report");
  }

  private <T> T read(Reader<T> reader) throws IOException {
    ImageName name = ImageName.parse(name());
    Optional<String> architecture = Optional.ofNullable(platform).map(ImageOptions::architecture);
    ContainerImage.Opener opener = ContainerImage.opener().limits(limits.limits());
    architecture.ifPresent(opener::architecture);
    if (name instanceof ImageName.Root root) {
      return reader.root(opener, root.directory(), config(architecture));
    }
    if (!words.isEmpty() || !env.isEmpty()) {
      throw new Unusable("--command and --env are for rootfs: images; others say it themselves");
    }
    if (name instanceof ImageName.InRegistry in) {
      Pulling pulling =
          new Pulling(command.commandLine().getErr(), Boolean.getBoolean("treza.terminal"));
      try {
        return reader.registry(opener.registries(access(pulling)), in.reference());
      } finally {
        pulling.end();
      }
    }
    ImageName.Saved saved = (ImageName.Saved) name;
    saved.tag().ifPresent(opener::tag);
    ChangingLine line = ChangingLine.on(command.commandLine().getErr());
    line.stage("reading " + Printable.text(saved.path().toString()) + " ...");
    try {
      return reader.saved(opener, saved.path());
    } finally {
      line.end();
    }
  }

  private String name() {
    if ((positional == null) == (option == null)) {
      throw new Unusable("give one image, as IMAGE or --image");
    }
    return positional != null ? positional : String.valueOf(option);
  }

  private RegistryAccess access(Pulling pulling) {
    RegistryAccess.Builder access =
        RegistryAccess.builder().offline(offline).progress(pulling::progress);
    insecure.forEach(access::insecureHttp);
    if (cache != null) {
      access.cache(cache);
    }
    return access.build();
  }

  private ImageConfig config(Optional<String> architecture) {
    String processor = architecture.orElseThrow(
        () -> new Unusable("rootfs: does not say for which processor; give --platform"));
    if (words.isEmpty()) {
      throw new Unusable("rootfs: does not say what to run; give --command");
    }
    return new ImageConfig(processor, "linux", words, List.of(), env, "", "");
  }

  private static String architecture(String platform) {
    return switch (platform) {
      case "linux/amd64", "linux/x86_64", "amd64", "x86_64" -> "amd64";
      case "linux/arm64", "linux/arm64/v8", "linux/aarch64", "arm64", "aarch64" -> "arm64";
      default ->
        throw new Unusable(platform + ": Nitro Enclaves run on linux/amd64 and linux/arm64 alone");
    };
  }
}
