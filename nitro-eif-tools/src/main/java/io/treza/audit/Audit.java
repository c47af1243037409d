package io.treza.audit;

import io.treza.audit.internal.compose.Composition;
import io.treza.audit.internal.compose.Evidence;
import io.treza.audit.internal.compose.Evidence.Source;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.audit.internal.image.Interest;
import io.treza.audit.internal.scan.AuditedImage;
import io.treza.audit.internal.scan.ScanGate;
import io.treza.audit.internal.scan.Suppressions;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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

  /** Collects the evidence. */
  public static final class Builder {
    private Optional<NamedImage> image = Optional.empty();
    private Optional<Path> dockerfile = Optional.empty();
    private Optional<Path> context = Optional.empty();
    private Optional<String> targetStage = Optional.empty();
    private final Map<String, String> buildArgs = new LinkedHashMap<>();
    private final List<Path> kubernetes = new ArrayList<>();
    private final Map<String, Path> scanReports = new LinkedHashMap<>();
    private final List<Path> vex = new ArrayList<>();
    private final List<Path> ignoreFiles = new ArrayList<>();
    private AuditPolicy policy = AuditPolicy.defaults();
    private EnclaveTarget enclave = EnclaveTarget.defaults();
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** An image that is open, and stays so; {@code name} is what the report calls it. */
    public Builder image(String name, ContainerImage image) {
      this.image = Optional.of(new NamedImage(name, of -> ImageSurvey.of(image, of)));
      return this;
    }

    /** An image in a file or directory, which is read once and not stored. */
    public Builder image(String name, ContainerImage.Opener opener, Path path) {
      this.image = Optional.of(new NamedImage(name, of -> ImageSurvey.of(opener, path, of)));
      return this;
    }

    /** An image of a registry. */
    public Builder image(String name, ContainerImage.Opener opener, RegistryReference reference) {
      this.image = Optional.of(new NamedImage(name, of -> ImageSurvey.of(opener, reference, of)));
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

  private record NamedImage(String name, Survey survey) {}

  /** Reads the image once. */
  @FunctionalInterface
  private interface Survey {
    ImageSurvey of(List<Interest> interests) throws IOException;
  }

  private AuditReport run() throws IOException {
    Instant now = given.clock.instant();
    Composition composition = new Composition(given.policy, now);
    List<SubjectReport> workloads = new ArrayList<>();
    List<AuditReport.Scan> scans = new ArrayList<>();
    List<SubjectReport> subjects = new ArrayList<>();
    Evidence evidence = new Evidence();
    Optional<Subject> subject = Optional.empty();
    Optional<AuditedImage> audited = Optional.empty();
    if (given.image.isPresent()) {
      NamedImage image = given.image.get();
      ImageSurvey survey = image.survey().of(List.of());
      ImageDescription description = survey.description();
      subject = Optional.of(new Subject.Image(
          image.name(), description.configDigest(), description.manifestDigest()));
      audited = Optional.of(new AuditedImage(
          description.configDigest(),
          description.manifestDigest(),
          description.layers().stream().map(l -> l.diffId()).toList()));
    }
    if (!given.scanReports.isEmpty()) {
      scans(audited, evidence, scans, now);
      subject = subject.or(() -> Optional.of(new Subject.ReportsOnly(
          given.scanReports.keySet().stream().collect(Collectors.joining(", ")))));
    }
    if (subject.isPresent()) {
      subjects.add(composition.image(subject.get(), evidence, workloads));
    }
    subjects.addAll(workloads);
    if (subjects.isEmpty()) {
      throw new AuditException("nothing to audit: name an image, or give a Dockerfile, manifests or"
          + " a scanner's report");
    }
    return new AuditReport(
        subjects, given.policy, scans, given.dockerfile.map(Object::toString));
  }

  private void scans(
      Optional<AuditedImage> audited,
      Evidence evidence,
      List<AuditReport.Scan> scans,
      Instant now)
      throws IOException {
    AuditPolicy policy = given.policy;
    // A report alone is about whatever it says, and old ones are kept as evidence.
    Optional<Duration> maxAge = Optional.of(policy.maxScanAge())
        .filter(age -> audited.isPresent() || policy.scanAgeGiven());
    ScanGate gate = new ScanGate(audited, policy.severity(), maxAge, now);
    Suppressions suppressions = Suppressions.read(given.vex, given.ignoreFiles, now);
    for (Map.Entry<String, Path> report : given.scanReports.entrySet()) {
      ScanGate.Scanned scanned = gate.judge(report.getKey(), report.getValue(), suppressions);
      ScanGate.Summary summary = scanned.summary();
      scans.add(new AuditReport.Scan(summary.file(), summary.scanner(), summary.time()));
      evidence.add(Source.SCAN, scanned.findings());
    }
    evidence.add(Source.SCAN, ScanGate.remarks(suppressions));
  }
}
