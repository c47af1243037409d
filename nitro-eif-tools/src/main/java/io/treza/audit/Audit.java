package io.treza.audit;

import io.treza.audit.internal.compose.Composition;
import io.treza.audit.internal.compose.Evidence;
import io.treza.audit.internal.compose.Evidence.Source;
import io.treza.audit.internal.dockerfile.BuildInput;
import io.treza.audit.internal.dockerfile.DockerfileAudit;
import io.treza.audit.internal.image.ImageAudit;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.audit.internal.image.Interest;
import io.treza.audit.internal.kubernetes.KubernetesAudit;
import io.treza.audit.internal.readiness.Readiness;
import io.treza.audit.internal.scan.AuditedImage;
import io.treza.audit.internal.scan.ScanGate;
import io.treza.audit.internal.scan.Suppressions;
import io.treza.eif.CommandRule;
import io.treza.image.ContainerImage;
import io.treza.image.ImageDescription;
import io.treza.image.RegistryReference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Audits a hardened image on whatever evidence there is: the image itself, its Dockerfile, the
 * manifests that deploy it, and reports of scanners.
 *
 * <p>What the evidence cannot decide is {@link Result#INCONCLUSIVE}. The same evidence, policy and
 * clock give the same report.
 */
public final class Audit {
  private final Builder given;

  private Audit(Builder given) {
    this.given = given;
  }

  /** Starts with no evidence, the default policy, the default enclave and the system's clock. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Why an enclave of this kind would not boot with {@code image}, or not start its command; empty
   * if nothing is known to be in the way.
   *
   * @throws io.treza.image.ImageException if a layer is malformed or unsafe
   */
  public static List<Finding> bootBlockers(ContainerImage image, EnclaveTarget target)
      throws IOException {
    ImageSurvey survey = ImageSurvey.of(image, List.of(Readiness.interest()));
    return Readiness.of(survey.description(), survey.root(), target).bootBlockers();
  }

  /** Collects the evidence. */
  public static final class Builder {
    private Optional<NamedImage> image = Optional.empty();
    private Optional<Path> dockerfile = Optional.empty();
    private Optional<Path> context = Optional.empty();
    private Optional<String> targetStage = Optional.empty();
    private final Map<String, String> buildArgs = new LinkedHashMap<>();
    private final Set<String> namedContexts = new LinkedHashSet<>();
    private final List<Path> kubernetes = new ArrayList<>();
    private PodSecurity.Version podSecurity = PodSecurity.Version.latest();
    private Optional<String> published = Optional.empty();
    private final Map<String, Path> scanReports = new LinkedHashMap<>();
    private final List<Path> vex = new ArrayList<>();
    private final List<Path> ignoreFiles = new ArrayList<>();
    private AuditPolicy policy = AuditPolicy.defaults();
    private EnclaveTarget enclave = EnclaveTarget.defaults();
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** An image that is open, and stays so; {@code name} is what the report calls it. */
    public Builder image(String name, ContainerImage image) {
      this.image =
          Optional.of(new NamedImage(name, Optional.empty(), of -> ImageSurvey.of(image, of)));
      return this;
    }

    /** An image in a file or directory, which is read once and not stored. */
    public Builder image(String name, ContainerImage.Opener opener, Path path) {
      this.image = Optional.of(
          new NamedImage(name, Optional.empty(), of -> ImageSurvey.of(opener, path, of)));
      return this;
    }

    /** An image of a registry. */
    public Builder image(String name, ContainerImage.Opener opener, RegistryReference reference) {
      this.image = Optional.of(new NamedImage(
          name, Optional.of(reference), of -> ImageSurvey.of(opener, reference, of)));
      return this;
    }

    /**
     * The image that scanners' reports must be about, by its manifest's digest, where it is not at
     * hand: one that was audited before and is scanned again.
     */
    public Builder publishedImage(String manifestDigest) {
      this.published = Optional.of(manifestDigest);
      return this;
    }

    /** The Dockerfile that makes the image. */
    public Builder dockerfile(Path file) {
      this.dockerfile = Optional.of(file);
      return this;
    }

    /** The directory it is built in; that of the Dockerfile is not assumed. */
    public Builder context(Path directory) {
      this.context = Optional.of(directory);
      return this;
    }

    /** A build argument, as for {@code docker build --build-arg}. */
    public Builder buildArg(String name, String value) {
      this.buildArgs.put(name, value);
      return this;
    }

    /** A name that is no image, as for {@code docker build --build-context}. */
    public Builder namedContext(String name) {
      this.namedContexts.add(name);
      return this;
    }

    /** The stage that is built; the last unless said. */
    public Builder targetStage(String stage) {
      this.targetStage = Optional.of(stage);
      return this;
    }

    /** A file of Kubernetes manifests that deploy the image. */
    public Builder kubernetes(Path file) {
      this.kubernetes.add(file);
      return this;
    }

    /** The version of the Pod Security Standards to judge manifests by; the latest unless said. */
    public Builder podSecurity(PodSecurity.Version version) {
      this.podSecurity = version;
      return this;
    }

    /** A scanner's report about the image, in JSON or SARIF. */
    public Builder scanReport(Path file) {
      return scanReport(file.toString(), file);
    }

    /** The same, under another name in the audit's report. */
    public Builder scanReport(String name, Path file) {
      this.scanReports.put(name, file);
      return this;
    }

    /** An OpenVEX document that applies to the scanners' reports. */
    public Builder vex(Path file) {
      this.vex.add(file);
      return this;
    }

    /** Trivy's or Grype's ignore file, to apply to the scanners' reports. */
    public Builder ignoreFile(Path file) {
      this.ignoreFiles.add(file);
      return this;
    }

    /** What the results are held to. */
    public Builder policy(AuditPolicy policy) {
      this.policy = policy;
      return this;
    }

    /** The enclave that the image is meant for. */
    public Builder enclave(EnclaveTarget target) {
      this.enclave = target;
      return this;
    }

    /** What judges the age of scans and the expiry of what is accepted. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Audits.
     *
     * @throws AuditException if evidence is malformed, or none was given
     * @throws io.treza.image.ImageException if the image is not valid
     * @throws IOException if a file cannot be read
     */
    public AuditReport run() throws IOException {
      return new Audit(this).run();
    }
  }

  private record NamedImage(String name, Optional<RegistryReference> reference, Survey survey) {}

  /** Reads the image once. */
  @FunctionalInterface
  private interface Survey {
    ImageSurvey of(List<Interest> interests) throws IOException;
  }

  private AuditReport run() throws IOException {
    Instant now = given.clock.instant();
    Composition composition = new Composition(given.policy, given.enclave, now);
    Evidence evidence = new Evidence();
    Optional<ImageDescription> image = image(evidence);
    dockerfile(evidence);
    List<AuditReport.Scan> scans = scans(image, evidence, now);
    List<String> notes = new ArrayList<>();
    List<SubjectReport> workloads = workloads(composition, notes);
    List<SubjectReport> subjects = new ArrayList<>();
    subject(image)
        .ifPresent(subject -> subjects.add(composition.image(subject, evidence, workloads)));
    subjects.addAll(workloads);
    if (subjects.isEmpty()) {
      throw new AuditException(
          given.kubernetes.isEmpty()
              ? "nothing to audit: name an image, or give a Dockerfile, manifests or a scanner's"
                  + " report"
              : "nothing to audit: no manifest has a workload; " + String.join("; ", notes));
    }
    given.policy.rules().stream()
        .filter(rule -> findings(subjects).noneMatch(rule::isAbout))
        .map(rule -> "policy: nothing was found that the rule for " + rule.id() + " is about")
        .forEach(notes::add);
    return new AuditReport(
        subjects, given.policy, scans, notes, given.dockerfile.map(Object::toString));
  }

  private static Stream<Finding> findings(List<SubjectReport> subjects) {
    return subjects.stream()
        .flatMap(subject -> subject.checks().stream())
        .flatMap(check -> check.judgements().stream())
        .map(Judgement::finding);
  }

  /** What all evidence but the manifests is about. */
  private Optional<Subject> subject(Optional<ImageDescription> image) {
    if (image.isPresent()) {
      return Optional.of(new Subject.Image(
          given.image.orElseThrow().name(),
          image.get().configDigest(),
          image.get().manifestDigest()));
    } else if (given.dockerfile.isPresent()) {
      return given.dockerfile.map(file -> new Subject.DockerfileOnly(file.toString()));
    }
    return given.scanReports.isEmpty()
        ? Optional.empty()
        : Optional.of(new Subject.ReportsOnly(String.join(", ", given.scanReports.keySet())));
  }

  private Optional<ImageDescription> image(Evidence evidence) throws IOException {
    if (given.image.isEmpty()) {
      return Optional.empty();
    }
    NamedImage image = given.image.get();
    ImageSurvey survey = image.survey().of(List.of(ImageAudit.interest(), Readiness.interest()));
    evidence
        .add(Source.IMAGE, ImageAudit.findings(survey, image.reference()))
        .add(
            Source.IMAGE,
            Readiness.of(survey.description(), survey.root(), given.enclave).findings())
        .add(Source.ENCLAVE, Readiness.hardening(given.enclave));
    return Optional.of(survey.description());
  }

  private void dockerfile(Evidence evidence) throws AuditException {
    if (given.dockerfile.isPresent()) {
      BuildInput input = new BuildInput(
          given.dockerfile.get(),
          given.context,
          given.buildArgs,
          given.targetStage,
          given.namedContexts);
      evidence.add(
          Source.DOCKERFILE,
          DockerfileAudit.of(input).findings().stream().map(this::forTarget).toList());
    }
  }

  /** A Dockerfile's command is judged as nitro-cli would run it; elsewhere that is worth knowing. */
  private Finding forTarget(Finding finding) {
    boolean nitroCli = given.enclave.commandRule() == CommandRule.NITRO_CLI
        && given.enclave.init() == EnclaveTarget.Init.AWS;
    if (nitroCli
        || finding.result() != Result.FAIL
        || finding.check().inEnclave() != InEnclave.ENCLAVE_ONLY) {
      return finding;
    }
    return new Finding(
        finding.id(),
        Result.WARN,
        finding.message() + " (so it would be with nitro-cli's command rule and AWS's init)",
        finding.location(),
        finding.fix());
  }

  private List<SubjectReport> workloads(Composition composition, List<String> notes)
      throws AuditException {
    List<SubjectReport> workloads = new ArrayList<>();
    for (Path file : given.kubernetes) {
      KubernetesAudit.Manifests manifests = KubernetesAudit.read(file, given.podSecurity);
      manifests.notes().forEach(note -> notes.add(note.location() + ": " + note.message()));
      manifests.workloads().stream()
          .map(workload -> composition.workload(workload.subject(), workload.findings()))
          .forEach(workloads::add);
    }
    return workloads;
  }

  private List<AuditReport.Scan> scans(
      Optional<ImageDescription> image, Evidence evidence, Instant now) throws IOException {
    if (given.scanReports.isEmpty()) {
      return List.of();
    }
    AuditPolicy policy = given.policy;
    // A report alone is about whatever it says, and old ones are kept as evidence.
    Optional<AuditedImage> about = image
        .map(AuditedImage::of)
        .or(() -> given.published.map(
            digest -> new AuditedImage(digest, Optional.of(digest), List.of())));
    Optional<Duration> maxAge =
        Optional.of(policy.maxScanAge()).filter(age -> about.isPresent() || policy.scanAgeGiven());
    ScanGate gate = new ScanGate(about, policy.severity(), maxAge, now);
    Suppressions suppressions = Suppressions.read(given.vex, given.ignoreFiles, now);
    List<AuditReport.Scan> scans = new ArrayList<>();
    for (Map.Entry<String, Path> report : given.scanReports.entrySet()) {
      ScanGate.Scanned scanned = gate.judge(report.getKey(), report.getValue(), suppressions);
      scans.add(scanned.scan());
      evidence.add(Source.SCAN, scanned.findings());
    }
    evidence.add(Source.SCAN, ScanGate.remarks(suppressions));
    return scans;
  }
}
