package io.treza.aws;

import io.treza.attestation.TrustAnchor;
import io.treza.aws.internal.ec2.AwsClients;
import io.treza.aws.internal.ec2.ChannelProgram;
import io.treza.aws.internal.ec2.Ec2Enclave;
import io.treza.aws.internal.ec2.Patience;
import io.treza.aws.internal.ec2.Settings;
import io.treza.aws.internal.ec2.Workshop;
import io.treza.eif.Architecture;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.Channels;
import io.treza.eif.EifSigner;
import io.treza.eif.EnclaveBlobs;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.eif.ParentProgram;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.ImageReference;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.retry.RetryMode;

/**
 * Nitro enclaves on EC2, each on an instance of its own, in one's own account; {@code docs/aws.md}.
 *
 * <p>An enclave image is built here, and reaches its instance through S3 under its digest. The
 * instance takes no connections but those to the ports that an enclave exposes: it is told what to
 * do, and asked for evidence, through Systems Manager, in the words of a document of the enclave's
 * own. An enclave has been launched when its
 * evidence, verified here, shows the image that was built, on that instance.
 *
 * <p>Everything that is made is tagged with deployment and enclave, and found again by that: enclaves
 * outlive this process, and a launch that it did not finish is finished by the next. Credentials
 * come from where the AWS SDK for Java looks for them. Thread-safe.
 */
public final class Ec2Backend implements EnclaveBackend, AutoCloseable {
  private final Workshop workshop;

  private Ec2Backend(Builder builder) throws IOException {
    Settings settings = builder.settings();
    EnclaveBlobs blobs = EnclaveBlobs.in(builder.blobs);
    Recipe recipe = Recipe.of(builder, blobs);
    this.workshop = new Workshop(
        AwsClients.of(settings.region(), builder.endpoint, builder.credentials, builder.overrides),
        settings,
        builder.patience,
        blobs.architecture(),
        recipe::build,
        builder.channels(blobs.architecture()),
        Files.createDirectories(builder.workDirectory),
        builder.anchor(),
        builder.clock,
        Executors.newSingleThreadScheduledExecutor(work -> {
          Thread thread = new Thread(work, "treza-consoles");
          thread.setDaemon(true);
          return thread;
        }));
  }

  /**
   * Starts with what enclave images are made of besides the container image.
   *
   * @param blobs a directory in the form of AWS's blobs: {@code bzImage} or {@code Image}, {@code
   *     cmdline}, {@code init}, which this project's replaces, and {@code nsm.ko} or other modules
   */
  public static Builder builder(Path blobs) {
    return new Builder(blobs);
  }

  @Override
  public String name() {
    return "ec2";
  }

  /** AWS's: the documents are hardware's. */
  @Override
  public TrustAnchor trustAnchor() {
    return workshop.anchor();
  }

  /** Yes: an enclave is what runs in the account. */
  @Override
  public boolean outlivesServer() {
    return true;
  }

  /**
   * {@inheritDoc} It takes minutes; a launch of the same id that an earlier process did not finish is
   * finished.
   */
  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    request.requireRegion(workshop.settings().region());
    return Ec2Enclave.start(workshop, request, listener);
  }

  /**
   * {@inheritDoc} What its evidence is held against is what the listener has kept, and nothing that is
   * written in the account.
   */
  @Override
  public Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    request.requireRegion(workshop.settings().region());
    return Ec2Enclave.find(workshop, request, listener).map(found -> found);
  }

  @Override
  public void remove(LaunchRequest request) throws IOException, InterruptedException {
    Ec2Enclave.remove(workshop, request);
  }

  /** Closes the connections to AWS. Enclaves go on. */
  @Override
  public void close() {
    workshop.timer().shutdownNow();
    workshop.aws().close();
  }

  /** How enclave images are made. */
  private record Recipe(
      EnclaveBlobs blobs,
      List<FileEntry> modules,
      EnclaveInit init,
      InitOptions options,
      Optional<EifSigner> signer,
      Path images,
      Path work) {
    private static Recipe of(Builder builder, EnclaveBlobs blobs) throws IOException {
      Architecture architecture = blobs.architecture();
      EnclaveInit init = EnclaveInit.bundled(architecture)
          .orElseThrow(() ->
              new IOException("this build has no init for enclaves on " + architecture.imageName()
                  + ", since there was no musl compiler for it: docs/enclave-init.md says how"));
      return new Recipe(
          blobs,
          BootstrapFiles.modulesIn(builder.blobs),
          init,
          builder.initOptions,
          builder.signer,
          builder.imagesDirectory,
          builder.workDirectory);
    }

    private EnclaveImage build(LaunchRequest request, Path eif) throws IOException {
      Path source = ImageReference.resolve(images, request.image());
      try (ContainerImage image = ContainerImage.opener().workDirectory(work).open(source)) {
        request.requireOffered(
            options.channels().isPresent()
                ? options.channels().get()
                : Channels.of(image.description().details()));
        return recipe(image).build(eif);
      }
    }

    private EnclaveImageBuilder recipe(ContainerImage image) {
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(image, blobs.kernel(), blobs.cmdline())
          .bootstrap(modules)
          .init(init, options);
      signer.ifPresent(builder::signer);
      return builder;
    }
  }

  /**
   * Collects the settings. Region, subnet, security groups, instance profile and bucket have no
   * default; the names of all of them are of this account and region.
   */
  public static final class Builder {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    private final Path blobs;
    private String region = "";
    private String deployment = "treza";
    private String subnet = "";
    private List<String> securityGroups = List.of();
    private String instanceProfile = "";
    private String bucket = "";
    private String instanceType = "m6i.xlarge";
    private Optional<String> machineImage = Optional.empty();
    private Path imagesDirectory = Path.of("images");
    private Path workDirectory = Path.of("enclaves");
    private InitOptions initOptions = InitOptions.defaults();
    private Optional<EifSigner> signer = Optional.empty();
    private Duration bootLimit = Duration.ofMinutes(10);
    private Optional<URI> endpoint = Optional.empty();
    private Optional<TrustAnchor> anchor = Optional.empty();
    private Optional<Content> parentProgram = Optional.empty();
    private InstantSource clock = InstantSource.system();
    private Patience patience = Patience.system();
    private AwsCredentialsProvider credentials =
        DefaultCredentialsProvider.builder().build();
    private ClientOverrideConfiguration overrides =
        ClientOverrideConfiguration.builder().retryStrategy(RetryMode.STANDARD).build();

    private Builder(Path blobs) {
      this.blobs = blobs;
    }

    /** The region, for example {@code us-east-1}. */
    public Builder region(String name) {
      this.region = name;
      return this;
    }

    /**
     * What everything made is tagged with and named after, 1 to 32 letters, digits and {@code -};
     * {@code treza} unless said. Servers with the same deployment find each other's enclaves.
     */
    public Builder deployment(String id) {
      this.deployment = id;
      return this;
    }

    /** Where instances start, {@code subnet-...}; it needs a way to Systems Manager and S3. */
    public Builder subnet(String id) {
      this.subnet = id;
      return this;
    }

    /**
     * Their security groups, {@code sg-...}; one is refused that lets callers in at another port than
     * those that a launch is to expose.
     */
    public Builder securityGroups(String... ids) {
      this.securityGroups = List.of(ids);
      return this;
    }

    /** The name of the instance profile whose role instances have. */
    public Builder instanceProfile(String name) {
      this.instanceProfile = name;
      return this;
    }

    /** The bucket that enclave images pass through. */
    public Builder bucket(String name) {
      this.bucket = name;
      return this;
    }

    /** The instance type; {@code m6i.xlarge} unless said, which leaves 2 vCPUs for the enclave. */
    public Builder instanceType(String name) {
      this.instanceType = name;
      return this;
    }

    /** An AMI of Amazon Linux 2023, {@code ami-...}; the latest unless said. */
    public Builder machineImage(String id) {
      this.machineImage = Optional.of(id);
      return this;
    }

    /** Where container images lie; {@code images} unless said. Nothing outside is ever opened. */
    public Builder imagesDirectory(Path directory) {
      this.imagesDirectory = directory;
      return this;
    }

    /** Where enclave images are made; {@code enclaves} unless said. Made if missing. */
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

    /** How long an instance may take to boot and report; 10 minutes unless said. */
    public Builder bootLimit(Duration limit) {
      this.bootLimit = limit;
      return this;
    }

    /**
     * Where EC2, S3 and Systems Manager all are instead of AWS, for trying out: an https address, or
     * one on this machine.
     *
     * @throws IllegalArgumentException if it is another; credentials would go there in the clear
     */
    public Builder endpoint(URI uri) {
      boolean here =
          "http".equals(uri.getScheme()) && LOOPBACK.contains(String.valueOf(uri.getHost()));
      if (!here && !"https".equals(uri.getScheme())) {
        throw new IllegalArgumentException(
            uri + ": an endpoint is https://..., or http:// on this machine");
      }
      this.endpoint = Optional.of(uri);
      return this;
    }

    /**
     * The root that documents must chain to; that of the region's partition unless said, which is
     * {@link TrustAnchor#awsCommercial} or {@link TrustAnchor#awsGovCloud}. China's is not known here.
     */
    public Builder trustAnchor(TrustAnchor root) {
      this.anchor = Optional.of(root);
      return this;
    }

    /** Judges documents; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    Builder parentProgram(Content program) {
      this.parentProgram = Optional.of(program);
      return this;
    }

    Builder patience(Patience other) {
      this.patience = other;
      return this;
    }

    Builder credentials(AwsCredentialsProvider provider) {
      this.credentials = provider;
      return this;
    }

    Builder overrides(ClientOverrideConfiguration configuration) {
      this.overrides = configuration;
      return this;
    }

    private TrustAnchor anchor() {
      if (anchor.isPresent()) {
        return anchor.get();
      } else if (region.startsWith("cn-")) {
        throw new IllegalArgumentException("the root of the Nitro enclaves of AWS in China is not"
            + " known to this library: give it with trustAnchor(...)");
      }
      return region.startsWith("us-gov-") ? TrustAnchor.awsGovCloud() : TrustAnchor.awsCommercial();
    }

    private Optional<ChannelProgram> channels(Architecture architecture) throws IOException {
      Optional<Content> program =
          parentProgram.or(() -> ParentProgram.bundled(architecture).map(ParentProgram::program));
      return program.isEmpty() ? Optional.empty() : Optional.of(ChannelProgram.of(program.get()));
    }

    private Settings settings() {
      if (!initOptions.agent()) {
        throw new IllegalArgumentException(
            "enclaves on EC2 are asked for evidence through the agent: leave it in the image");
      }
      return new Settings(
          region,
          deployment,
          subnet,
          securityGroups,
          instanceProfile,
          bucket,
          instanceType,
          machineImage,
          bootLimit);
    }

    /**
     * The backend; AWS is asked nothing yet.
     *
     * @throws IllegalArgumentException if a setting is missing or has no valid form
     * @throws IOException if the blobs or the work directory cannot be used
     */
    public Ec2Backend build() throws IOException {
      return new Ec2Backend(this);
    }
  }
}
