package io.treza.aws.eks;

import io.treza.attestation.TrustAnchor;
import io.treza.aws.eks.internal.Names;
import io.treza.aws.eks.internal.backend.BuiltPodImages;
import io.treza.aws.eks.internal.backend.EksEnclave;
import io.treza.aws.eks.internal.backend.Memory;
import io.treza.aws.eks.internal.backend.PodImages;
import io.treza.aws.eks.internal.backend.Settings;
import io.treza.aws.eks.internal.backend.Workshop;
import io.treza.eif.EifSigner;
import io.treza.eif.InitOptions;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Nitro enclaves on a Kubernetes cluster with the Nitro device plugin, by rights EKS: each the one
 * pod of a deployment of its own; {@code docs/eks.md}.
 *
 * <p>An enclave image is built here, goes into an image of its pod, and that to a registry. An
 * enclave has been launched when its pod's evidence, verified here, shows the image that was built:
 * only then the pod's readiness gate opens. What an enclave measures as is kept in the work
 * directory, and never read from the cluster. Enclaves outlive this process. Thread-safe.
 */
public final class EksBackend implements EnclaveBackend, AutoCloseable {
  private final Workshop workshop;

  private EksBackend(Workshop workshop) {
    this.workshop = workshop;
  }

  /**
   * Starts with what enclave images are made of besides the container image.
   *
   * @param cluster where enclaves run; it is closed with the backend
   * @param blobs a directory in the form of AWS's blobs: {@code bzImage} or {@code Image}, {@code
   *     cmdline}, {@code init}, which this project's replaces, and {@code nsm.ko} or other modules
   */
  public static Builder builder(EnclaveCluster cluster, Path blobs) {
    return new Builder(cluster, blobs);
  }

  @Override
  public String name() {
    return "eks";
  }

  /** AWS's: the documents are hardware's. */
  @Override
  public TrustAnchor trustAnchor() {
    return workshop.anchor();
  }

  /** Yes: an enclave is what runs on the cluster. */
  @Override
  public boolean outlivesServer() {
    return true;
  }

  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    Optional<String> served = workshop.settings().region();
    if (served.isPresent()) {
      request.requireRegion(served.get());
    }
    return EksEnclave.start(workshop, request, listener);
  }

  @Override
  public Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    return EksEnclave.find(workshop, request, listener).map(found -> found);
  }

  @Override
  public void remove(LaunchRequest request) throws IOException, InterruptedException {
    EksEnclave.remove(workshop, request);
  }

  /** Opens no gate any more, and closes the connection to the cluster. Enclaves go on. */
  @Override
  public void close() {
    workshop.close();
  }

  /** Collects the settings. Repository and base image have no default. */
  public static final class Builder {
    private final EnclaveCluster cluster;
    private final Path blobs;
    private String repository = "";
    private String baseImage = "";
    private Optional<Path> nitroCli = Optional.empty();
    private RegistryAccess registry = RegistryAccess.defaults();
    private String deployment = "treza";
    private Optional<String> region = Optional.empty();
    private HugePages hugePages = HugePages.TWO_MIB;
    private boolean countedCpus;
    private Path imagesDirectory = Path.of("images");
    private Path workDirectory = Path.of("enclaves");
    private InitOptions initOptions = InitOptions.defaults();
    private Optional<EifSigner> signer = Optional.empty();
    private Duration launchLimit = Duration.ofMinutes(10);
    private Duration interval = Duration.ofMinutes(5);
    private TrustAnchor anchor = TrustAnchor.awsCommercial();
    private InstantSource clock = InstantSource.system();
    private Optional<PodImages> images = Optional.empty();

    private Builder(EnclaveCluster cluster, Path blobs) {
      this.cluster = cluster;
      this.blobs = blobs;
    }

    /** Where pods' images go, for example {@code ACCOUNT.dkr.ecr.REGION.amazonaws.com/enclaves}. */
    public Builder repository(String name) {
      this.repository = name;
      return this;
    }

    /**
     * What pods' images begin with: {@code repository@sha256:...}, or a file in the images directory
     * such as {@code docker-archive:base.tar}. It has a shell, and nitro-cli unless {@link
     * #nitroCli} says where that is.
     */
    public Builder baseImage(String reference) {
      this.baseImage = reference;
      return this;
    }

    /** The program nitro-cli, if the base image has none; not the package that it comes in. */
    public Builder nitroCli(Path program) {
      this.nitroCli = Optional.of(program);
      return this;
    }

    /** How the registry is reached; with Docker's credentials unless said. */
    public Builder registry(RegistryAccess access) {
      this.registry = access;
      return this;
    }

    /**
     * Whose enclaves these are, 1 to 63 letters, digits, {@code .}, {@code _} and {@code -}; {@code
     * treza} unless said. Two servers on one namespace take different ones.
     */
    public Builder deployment(String id) {
      this.deployment = Names.requireLabelValue("deployment", id);
      return this;
    }

    /** The cluster's region, which requests must then ask for and evidence must show. */
    public Builder region(String name) {
      this.region = Optional.of(name);
      return this;
    }

    /** Which pages nodes set apart; of 2 MiB unless said. */
    public Builder hugePages(HugePages size) {
      this.hugePages = size;
      return this;
    }

    /** Has the scheduler count enclave CPUs; see {@link EnclaveDeployment.Builder#countCpus}. */
    public Builder countCpus() {
      this.countedCpus = true;
      return this;
    }

    /** Where container images lie; {@code images} unless said. Nothing outside is ever opened. */
    public Builder imagesDirectory(Path directory) {
      this.imagesDirectory = directory;
      return this;
    }

    /**
     * Where images are made, and what enclaves measure as is kept; {@code enclaves} unless said. Made
     * if missing. Without it enclaves of an earlier process are not found again.
     */
    public Builder workDirectory(Path directory) {
      this.workDirectory = directory;
      return this;
    }

    /** How enclaves boot; with the attestation agent, which evidence comes from. */
    public Builder initOptions(InitOptions options) {
      this.initOptions = options;
      return this;
    }

    /** Signs enclave images, which gives them a PCR8; they are not signed unless said. */
    public Builder signer(EifSigner with) {
      this.signer = Optional.of(with);
      return this;
    }

    /** How long a pod may take until it was attested; 10 minutes unless said. */
    public Builder launchLimit(Duration limit) {
      this.launchLimit = limit;
      return this;
    }

    /** After how long each pod is attested anew; 5 minutes unless said. */
    public Builder interval(Duration time) {
      this.interval = time;
      return this;
    }

    /** The root that documents must chain to; {@link TrustAnchor#awsCommercial} unless said. */
    public Builder trustAnchor(TrustAnchor root) {
      this.anchor = root;
      return this;
    }

    /** Judges documents; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    Builder images(PodImages other) {
      this.images = Optional.of(other);
      return this;
    }

    /**
     * The backend; the cluster is asked nothing yet.
     *
     * @throws IllegalArgumentException if a setting is missing or has no valid form
     * @throws IOException if the blobs or the work directory cannot be used
     */
    public EksBackend build() throws IOException {
      if (!initOptions.agent()) {
        throw new IllegalArgumentException(
            "enclaves on EKS are asked for evidence through the agent: leave it in the image");
      }
      Path work = Files.createDirectories(workDirectory);
      PodImages made = images.isPresent() ? images.get() : podImages(work);
      return new EksBackend(new Workshop(
          cluster,
          new Settings(deployment, region, hugePages, countedCpus, launchLimit, interval),
          made,
          new Memory(work.resolve("launched")),
          anchor,
          clock));
    }

    private PodImages podImages(Path work) throws IOException {
      if (repository.isEmpty() || baseImage.isEmpty()) {
        throw new IllegalArgumentException((repository.isEmpty() ? "repository" : "base image")
            + " is missing: where pods' images go, and what they begin with");
      }
      return BuiltPodImages.of(
          blobs,
          new BuiltPodImages.Recipe(initOptions, signer, imagesDirectory, work),
          new BuiltPodImages.Target(
              baseImage, nitroCli, RegistryReference.parse(repository), registry));
    }
  }
}
