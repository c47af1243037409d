package io.treza.cli;

import io.treza.audit.Audit;
import io.treza.audit.AuditPolicy;
import io.treza.audit.AuditReport;
import io.treza.audit.PodSecurity;
import io.treza.audit.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza image audit}: the hardening checklist, and whether the image will live inside. */
@Command(
    name = "audit",
    sortOptions = false,
    description = {
      "Audit an image: the hardening checklist, its properties, and whether it will boot and behave",
      "in an enclave. Give whatever evidence there is, in any combination; what it cannot decide",
      "is INCONCLUSIVE. The status is 1 if anything fails the policy."
    })
final class ImageAuditCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private ImageOptions image = new ImageOptions();

  @Option(
      names = "--dockerfile",
      paramLabel = "FILE",
      description = "The Dockerfile that makes the image.")
  private @Nullable Path dockerfile;

  @Option(
      names = "--context",
      paramLabel = "DIR",
      description = "The directory it is built in, for its .dockerignore.")
  private @Nullable Path context;

  @Option(
      names = "--build-arg",
      paramLabel = "NAME=VALUE",
      description = "A build argument, as for docker build.")
  private Map<String, String> buildArgs = Map.of();

  @Option(
      names = "--build-context",
      paramLabel = "NAME=VALUE",
      description = "A named context, as for docker build: the name is then no image.")
  private Map<String, String> namedContexts = Map.of();

  @Option(
      names = "--target",
      paramLabel = "STAGE",
      description = "The stage that is built. Default: the last.")
  private @Nullable String target;

  @Option(
      names = "--k8s",
      arity = "1..*",
      paramLabel = "FILE",
      description = {
        "Kubernetes manifests that deploy the image. Several may follow, so IMAGE goes before.",
        "With it --format json is an array: the image if any, then an object a workload."
      })
  private List<Path> manifests = List.of();

  @Option(
      names = "--k8s-version",
      paramLabel = "VERSION",
      description =
          "Of the Pod Security Standards to judge them by, like 1.30. Default: the latest.")
  private @Nullable String podSecurity;

  @Option(
      names = "--scan-report",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Trivy's or Grype's report of this image: JSON, or SARIF, which never passes.")
  private List<Path> scanReports = List.of();

  @Option(
      names = "--scan",
      paramLabel = "SCANNER",
      description = "Run trivy or grype, which must be on the path, and take its report.")
  private @Nullable String scanner;

  @Option(
      names = "--scan-timeout",
      paramLabel = "DURATION",
      defaultValue = "15m",
      converter = Durations.class,
      description = "How long it may take. Default: ${DEFAULT-VALUE}.")
  private Duration scanTimeout = Duration.ZERO;

  @Option(
      names = "--vex",
      arity = "1..*",
      paramLabel = "FILE",
      description = "OpenVEX documents that leave findings out of the reports. Said in the result.")
  private List<Path> vex = List.of();

  @Option(
      names = "--ignore-file",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Ignore files of Trivy or Grype, likewise. None is looked for by itself.")
  private List<Path> ignoreFiles = List.of();

  @Mixin
  private EnclaveOptions enclave = new EnclaveOptions();

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "What fails, and what is raised, lowered or accepted (docs/audit.md).")
  private @Nullable Path policy;

  @Option(
      names = "--fail-on",
      paramLabel = "RESULT",
      split = ",",
      description = "Results that fail besides: warn, inconclusive.")
  private List<String> failOn = List.of();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table, json, sarif or markdown. Default: ${DEFAULT-VALUE}.")
  private String format = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write there instead of standard output, in one step.")
  private @Nullable Path output;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  private boolean unusedHelp;

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      Function<AuditReport, String> form = form();
      AuditReport report = report();
      write(report, form);
      return report.passes() ? Treza.YES : Treza.NO;
    });
  }

  private AuditReport report() throws IOException {
    Audit.Builder audit = Audit.builder().enclave(enclave.target()).policy(policy());
    if (dockerfile != null) {
      audit.dockerfile(dockerfile);
    } else if (context != null
        || target != null
        || !buildArgs.isEmpty()
        || !namedContexts.isEmpty()) {
      throw new Unusable("--context, --build-arg, --build-context and --target are about a"
          + " Dockerfile; give --dockerfile FILE");
    }
    if (context != null) {
      audit.context(context);
    }
    if (target != null) {
      audit.targetStage(target);
    }
    buildArgs.forEach(audit::buildArg);
    namedContexts.keySet().forEach(audit::namedContext);
    manifests.forEach(audit::kubernetes);
    if (podSecurity != null) {
      audit.podSecurity(PodSecurity.Version.parse(podSecurity));
    }
    scanReports.forEach(audit::scanReport);
    vex.forEach(audit::vex);
    ignoreFiles.forEach(audit::ignoreFile);
    if (scanner == null) {
      return run(audit);
    }
    try (ScannerProcess process =
        ScannerProcess.run(scanner, image.scanTarget(), scanTimeout, searchPath())) {
      audit.scanReport(scanner, process.report());
      return run(audit);
    }
  }

  private static String searchPath() {
    String path = System.getenv("PATH");
    return path == null ? "" : path;
  }

  private AuditReport run(Audit.Builder audit) throws IOException {
    return image.isGiven() ? image.audit(audit) : audit.run();
  }

  private AuditPolicy policy() throws IOException {
    Set<Result> failing = EnumSet.noneOf(Result.class);
    for (String result : failOn) {
      failing.add(
          switch (result) {
            case "warn", "WARN" -> Result.WARN;
            case "inconclusive", "INCONCLUSIVE" -> Result.INCONCLUSIVE;
            case "fail", "FAIL" -> Result.FAIL;
            default ->
              throw new Unusable("--fail-on is warn or inconclusive, not \"" + result + "\"");
          });
    }
    AuditPolicy read = policy == null ? AuditPolicy.defaults() : AuditPolicy.read(policy);
    return read.alsoFailing(failing);
  }

  /** How a report is written; said before any work is done. */
  private Function<AuditReport, String> form() {
    boolean colour = output == null && Boolean.getBoolean("treza.colour");
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "table" -> report -> AuditTable.of(report, colour);
      case "json" ->
        manifests.isEmpty()
            ? report -> report.toJson(report.subjects().get(0))
            : AuditReport::toJson;
      case "sarif" -> AuditReport::toSarif;
      case "markdown" -> AuditReport::toMarkdown;
      default ->
        throw new Unusable("--format is table, json, sarif or markdown, not \"" + format + "\"");
    };
  }

  private void write(AuditReport report, Function<AuditReport, String> form) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    report.notes().forEach(note -> err.println(Printable.text("note: " + note)));
    if (output != null) {
      OutputFile.write(output, form.apply(report));
    } else {
      spec.commandLine().getOut().print(form.apply(report));
    }
  }
}
