package io.treza.aws.kms;

import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.Release;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientKeySize;
import io.treza.platform.kms.SimulatedKms;
import io.treza.publish.KmsKeyPolicy;
import io.treza.publish.KmsOperation;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.KmsClientBuilder;
import software.amazon.awssdk.services.kms.model.KeySpec;
import software.amazon.awssdk.services.kms.model.KeyUsageType;

/** One machine with a simulated KMS, its people and its enclaves, all under one development root. */
final class Machine implements AutoCloseable {
  static final String REGION = "us-east-1";
  static final String ACCOUNT = "000000000000";
  static final Map<String, String> CONTEXT = Map.of("tenant", "blue", "purpose", "orders");
  static final String ENCLAVE_ROLE = role("Enclave");

  final DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  final SimulatedKms kms;

  private Machine(UnaryOperator<SimulatedKms.Builder> settings) throws IOException {
    TrustAnchor anchor = TrustAnchor.development("test", root.certificate().der());
    kms = settings.apply(SimulatedKms.builder(anchor)).start();
  }

  /** Without TLS, so that tests can put somebody between. */
  static Machine start() throws IOException {
    return new Machine(SimulatedKms.Builder::insecureHttp);
  }

  static Machine start(UnaryOperator<SimulatedKms.Builder> settings) throws IOException {
    return new Machine(settings);
  }

  static String role(String name) {
    return "arn:aws:iam::" + ACCOUNT + ":role/" + name;
  }

  static byte[] pcr(int value) {
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) value);
    return pcr;
  }

  /** A release whose PCR0 to PCR2 are made of this number and the next two. */
  static Release release(int image) {
    return Release.builder(Measurements.builder()
            .release("v" + image)
            .pcr(0, HexFormat.of().formatHex(pcr(image)))
            .pcr(1, HexFormat.of().formatHex(pcr(image + 1)))
            .pcr(2, HexFormat.of().formatHex(pcr(image + 2)))
            .build())
        .build();
  }

  /** The policy that {@code treza kms policy} writes for these releases. */
  static String policy(Release... releases) {
    KmsKeyPolicy.Builder builder = KmsKeyPolicy.builder(List.of(releases))
        .administrator(role("KeyAdmin"))
        .enclaveRole(ENCLAVE_ROLE)
        .producer(role("Producer"));
    for (KmsOperation operation : KmsOperation.values()) {
      builder.operation(operation);
    }
    return builder.build().toJson();
  }

  KeyArn createKey(String policy, KeySpec spec) {
    try (KmsClient admin = as("KeyAdmin")) {
      return new KeyArn(admin
          .createKey(request -> request
              .policy(policy)
              .keySpec(spec)
              .keyUsage(
                  spec == KeySpec.SYMMETRIC_DEFAULT
                      ? KeyUsageType.ENCRYPT_DECRYPT
                      : KeyUsageType.KEY_AGREEMENT))
          .keyMetadata()
          .arn());
    }
  }

  KeyArn createKey(String policy) {
    return createKey(policy, KeySpec.SYMMETRIC_DEFAULT);
  }

  void putPolicy(KeyArn key, String policy) {
    try (KmsClient admin = as("KeyAdmin")) {
      admin.putKeyPolicy(request -> request.keyId(key.value()).policy(policy));
    }
  }

  /** The AWS SDK as anybody has it, with the credentials of a role. */
  KmsClient as(String role) {
    return client(kms.endpoint(), role);
  }

  static KmsClient client(URI endpoint, String role) {
    KmsClientBuilder builder = KmsClient.builder()
        .region(Region.of(REGION))
        .endpointOverride(endpoint)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(role, "not-checked")));
    return builder.httpClient(UrlConnectionHttpClient.create()).build();
  }

  /** The module of an enclave that runs an image. */
  SimulatedNsm nsm(int image) {
    return SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(pcr(image), pcr(image + 1), pcr(image + 2))
        .build();
  }

  static KmsRecipient recipient(SimulatedNsm nsm) {
    return KmsRecipient.create(
        (nonce, key) -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.of(key)),
        RecipientKeySize.RSA_2048);
  }

  /** What runs in an enclave with this module, with the credentials of the enclaves' role. */
  AttestedKms enclave(KmsRecipient recipient) {
    return enclave(recipient, kms.endpoint());
  }

  AttestedKms enclave(KmsRecipient recipient, URI endpoint) {
    return AttestedKms.builder(
            recipient, REGION, () -> ParentCredentials.longTerm("Enclave", "not-checked"))
        .simulator(endpoint)
        .build();
  }

  AttestedKms enclave(int image) {
    return enclave(recipient(nsm(image)));
  }

  @Override
  public void close() {
    kms.close();
  }
}
