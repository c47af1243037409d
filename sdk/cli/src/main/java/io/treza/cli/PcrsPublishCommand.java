package io.treza.cli;

import io.treza.attestation.Measurements;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.eif.EifFile;
import io.treza.publish.Publication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs publish}: adds a release to the reference values of an application. */
@Command(
    name = "publish",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Add a release to a file of reference values, or start one. The file is not signed yet: that is",
      "treza pcrs sign."
    })
final class PcrsPublishCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The reference values; made if it does not exist.")
  private String file = "";

  @Option(
      names = "--application",
      paramLabel = "NAME",
      description = "What this is a release of; needed for a new file.")
  private @Nullable String application;

  @Option(
      names = "--release",
      required = true,
      paramLabel = "NAME",
      description = "What the release is called, such as v1.2.3.")
  private String release = "";

  @ArgGroup(multiplicity = "1")
  private Build build = new Build();

  /** What was built. */
  private static final class Build {
    @Option(
        names = {"--eif", "--eif-path"},
        paramLabel = "FILE",
        description = "The enclave image file; it is measured, and its digests are recorded.")
    private @Nullable Path eif;

    @Option(
        names = "--measurements",
        paramLabel = "FILE",
        description = "Or what treza eif, nitro-cli or another build printed; - is standard input.")
    private @Nullable String measurements;
  }

  @Option(
      names = "--image",
      paramLabel = "NAME@DIGEST",
      description = "The container image in it, as registry.example/app@sha256:...")
  private @Nullable String image;

  @Option(
      names = "--audit",
      paramLabel = "FILE",
      description = "What treza image audit --format json printed about that image.")
  private @Nullable String audit;

  @Option(
      names = "--repository",
      paramLabel = "URI",
      description = "Source repository; with --commit.")
  private @Nullable String repository;

  @Option(names = "--commit", paramLabel = "ID", description = "What it was built from.")
  private @Nullable String commit;

  @Option(names = "--workflow", paramLabel = "PATH", description = "What built it.")
  private @Nullable String workflow;

  @Option(
      names = "--blob",
      paramLabel = "NAME=DIGEST",
      description = {
        "Digest of an input, kernel=sha256:..., init=sha256:...; those that an enclave image file or",
        "treza eif build --json shows are recorded in any case."
      })
  private Map<String, String> blobs = new LinkedHashMap<>();

  @Option(names = "--replace", description = "Replace the release of this name.")
  private boolean replace;

  @Mixin
  private PublicationOptions publication = new PublicationOptions();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      Publication next = publication.publication();
      Release published = release();
      ReferenceValues values;
      if (Files.exists(Path.of(file))) {
        ReferenceValues before = ValuesFile.own(file);
        if (application != null && !application.equals(before.application())) {
          throw new Unusable(file + " is of application \"" + before.application() + "\", not \""
              + application + "\"; give each application a file of its own");
        }
        values = replace ? next.replace(before, published) : next.add(before, published);
      } else {
        if (application == null) {
          throw new Unusable(file + " does not exist yet: name the --application it is for");
        }
        values = next.first(application, published);
      }
      publication.write(values, file);
      spec.commandLine().getOut().println(values);
      return Treza.YES;
    });
  }

  private Release release() throws IOException {
    Release.Builder builder;
    if (build.eif != null) {
      Publication.Measured measured = Publication.measure(EifFile.open(build.eif), release);
      builder =
          Release.builder(measured.measurements()).eif(measured.eif()).blobs(measured.blobs());
    } else {
      builder = printed(String.valueOf(build.measurements));
    }
    if (image != null) {
      int at = image.indexOf('@');
      if (at < 1) {
        throw new Unusable("--image takes NAME@sha256:..., not \"" + image
            + "\": a tag can be moved, a digest cannot");
      }
      builder.image(new Release.Image(image.substring(0, at), image.substring(at + 1)));
    }
    if (audit != null) {
      builder.audit(AuditFile.verdict(audit));
    }
    if (repository != null && commit != null) {
      builder.source(new Release.Source(repository, commit, Optional.ofNullable(workflow)));
    } else if (repository != null || commit != null || workflow != null) {
      throw new Unusable("a source is a --repository and a --commit, and perhaps a --workflow");
    }
    builder.blobs(blobs);
    return builder.build();
  }

  private Release.Builder printed(String from) {
    ReferenceValues read = ValuesFile.own(from);
    if (read.releases().size() != 1 || read.sequence() != 0) {
      throw new Unusable(from + ": is not the output of one build");
    }
    Measurements.Builder named = Measurements.builder().release(release);
    read.releases().get(0).measurements().pcrs().forEach(named::pcr);
    return Release.builder(named.build()).blobs(read.releases().get(0).blobs());
  }
}
