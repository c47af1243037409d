package io.treza.aws;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.TrustAnchor;
import io.treza.aws.internal.ec2.Patience;
import io.treza.aws.played.PlayedAws;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.image.Content;
import io.treza.platform.BuiltImage;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.testsupport.Moto;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;

/** An account with all that a backend needs, whose calls are kept and whose time passes at once. */
final class Account implements AutoCloseable {
  static final String ENCLAVE = "enc_1";
  static final String IMAGE = "docker-archive:docker-save-small.tar";
  static final String SECRET = "verysecretkey";
  static final String TOKEN = "verysecrettoken";

  /** Stands in for what carries channels: says what listens, as that does, and stays. */
  static final String PROGRAM = """
      #!/bin/sh
      while [ $# -gt 0 ]; do
        [ "$1" != --ingress ] || echo "$2"
        shift
      done
      exec sleep 600
      """;

  private static final int KERNEL_BYTES = 1024;
  private static final int KERNEL_MAGIC = 0x202;

  private final PlayedAws aws;
  private final Path directory;
  private final Calls calls = new Calls();
  private final List<String> log = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private Optional<BuiltImage> built = Optional.empty();
  private final String subnet;
  private final String group;

  Account(Moto moto, Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    this.aws = new PlayedAws(moto, directory.resolve("instances"));
    subnet = first("subnetId", "Action=DescribeSubnets");
    group = first(
        "groupId", "Action=CreateSecurityGroup&GroupName=parents&GroupDescription=no+ingress");
    String unused = aws.query(
        "iam", "Action=CreateInstanceProfile&Version=2010-05-08&InstanceProfileName=treza-parent");
    try (S3Client s3 = S3Client.builder()
        .endpointOverride(aws.uri())
        .forcePathStyle(true)
        .region(Region.US_EAST_1)
        .credentialsProvider(credentials())
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build()) {
      s3.createBucket(r -> r.bucket("images"));
    }
  }

  PlayedAws aws() {
    return aws;
  }

  Calls calls() {
    return calls;
  }

  String subnet() {
    return subnet;
  }

  String group() {
    return group;
  }

  /** What listeners heard, each line once. */
  List<String> log() {
    return log;
  }

  /** Has this side's store forget what was built. */
  void forget() {
    built = Optional.empty();
  }

  /** Why enclaves ended by themselves. */
  List<String> ends() {
    return ends;
  }

  /** How long everything took, had it been real. */
  Duration elapsed() {
    return Duration.ofNanos(now.get());
  }

  EnclaveListener listener() {
    return new EnclaveListener() {
      @Override
      public void log(Source source, String line) {
        log.add(source + " " + line);
      }

      @Override
      public void built(BuiltImage image) {
        built = Optional.of(image);
      }

      @Override
      public Optional<BuiltImage> built() {
        return built;
      }

      @Override
      public void ended(String reason) {
        ends.add(reason);
      }
    };
  }

  /** A backend as a process just started has it. */
  Ec2Backend backend() throws IOException {
    return builder().build();
  }

  Ec2Backend.Builder builder() throws IOException {
    return builder(Optional.of(aws.nitro().anchor()));
  }

  /** With another root, or the one that it has by itself. */
  Ec2Backend.Builder builder(Optional<TrustAnchor> anchor) throws IOException {
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent(),
        "musl-gcc was not here at build time");
    ClientOverrideConfiguration overrides = ClientOverrideConfiguration.builder()
        .addExecutionInterceptor(calls)
        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .backoffStrategy(BackoffStrategy.retryImmediately())
            .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
            .build())
        .build();
    Ec2Backend.Builder builder = Ec2Backend.builder(blobs())
        .region("us-east-1")
        .deployment("test")
        .subnet(subnet)
        .securityGroups(group)
        .instanceProfile("treza-parent")
        .bucket("images")
        .imagesDirectory(Requirement.shared("images"))
        .workDirectory(directory.resolve("work"))
        .endpoint(aws.uri())
        .parentProgram(Content.of(PROGRAM.getBytes(StandardCharsets.UTF_8)))
        .credentials(credentials())
        .patience(new Patience(now::get, pause -> now.addAndGet(pause.toNanos())))
        .overrides(overrides);
    anchor.ifPresent(builder::trustAnchor);
    return builder;
  }

  private static StaticCredentialsProvider credentials() {
    return StaticCredentialsProvider.create(
        AwsSessionCredentials.create("AKIATEST", SECRET, TOKEN));
  }

  private Path blobs() throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs"));
    byte[] kernel = new byte[KERNEL_BYTES];
    System.arraycopy("HdrS".getBytes(StandardCharsets.US_ASCII), 0, kernel, KERNEL_MAGIC, 4);
    Files.write(blobs.resolve("bzImage"), kernel);
    Files.writeString(blobs.resolve("cmdline"), "reboot=k panic=30");
    Files.writeString(blobs.resolve("init"), "replaced");
    return blobs;
  }

  LaunchRequest request() {
    return new LaunchRequest(ENCLAVE, IMAGE, "us-east-1", 2, 512, false);
  }

  AttestationVerifier verifier() {
    return AttestationVerifier.builder().trustAnchors(aws.nitro().anchor()).build();
  }

  /** Instances that are not ending, objects and documents, by name. */
  List<String> leftovers() throws IOException, InterruptedException {
    List<String> left = new ArrayList<>();
    left.addAll(all(
        "instanceId",
        "Action=DescribeInstances&Filter.1.Name=instance-state-name&Filter.1.Value.1=pending"
            + "&Filter.1.Value.2=running&Filter.1.Value.3=stopped"));
    left.addAll(matches("<Key>([^<]+)</Key>", aws.objects("images")));
    left.addAll(matches("\"Name\": *\"(treza-[^\"]+)\"", aws.documents()));
    try (Stream<Path> files = Files.list(directory.resolve("work"))) {
      files.map(file -> file.getFileName().toString()).forEach(left::add);
    }
    return left;
  }

  /** Has a rule of the security group let callers in. */
  void open(String protocol, int from, int to) throws IOException, InterruptedException {
    open(group, protocol, from, to);
  }

  private void open(String which, String protocol, int from, int to)
      throws IOException, InterruptedException {
    ec2("Action=AuthorizeSecurityGroupIngress&GroupId=" + which + "&IpPermissions.1.IpProtocol="
        + protocol + "&IpPermissions.1.FromPort=" + from + "&IpPermissions.1.ToPort=" + to
        + "&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0");
  }

  /** Gives the only instance another security group, which lets callers in. */
  String addOpenGroup(int port) throws IOException, InterruptedException {
    String added =
        first("groupId", "Action=CreateSecurityGroup&GroupName=open&GroupDescription=somebody's");
    open(added, "tcp", port, port);
    ec2("Action=ModifyInstanceAttribute&InstanceId=" + instance() + "&GroupId.1=" + group
        + "&GroupId.2=" + added);
    return added;
  }

  /** Writes a tag of the only instance, as who may write tags can. */
  void tag(String name, String value) throws IOException, InterruptedException {
    ec2("Action=CreateTags&ResourceId.1=" + instance() + "&Tag.1.Key=" + name + "&Tag.1.Value="
        + value);
  }

  private String instance() throws IOException, InterruptedException {
    return first("instanceId", "Action=DescribeInstances");
  }

  private void ec2(String action) throws IOException, InterruptedException {
    String said = aws.query("ec2", action + "&Version=2016-11-15");
    if (said.contains("<Errors>")) {
      throw new IOException(said);
    }
  }

  /** Of the only instance. */
  String instanceState() throws IOException, InterruptedException {
    return matches(
            "<instanceState><code>[0-9]+</code><name>([a-z-]+)</name>",
            aws.query("ec2", "Action=DescribeInstances&Version=2016-11-15"))
        .get(0);
  }

  private String first(String element, String action) throws IOException, InterruptedException {
    return all(element, action).get(0);
  }

  private List<String> all(String element, String action) throws IOException, InterruptedException {
    return matches(
        "<" + element + ">([^<]+)</" + element + ">",
        aws.query("ec2", action + "&Version=2016-11-15"));
  }

  private static List<String> matches(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    aws.close();
  }
}
