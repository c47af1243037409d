package io.treza.aws.internal.ec2;

import java.net.URI;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** The three services that an enclave on EC2 takes, in one region. */
public record AwsClients(String region, Ec2Client ec2, SsmClient ssm, S3Client s3)
    implements SdkAutoCloseable {
  /**
   * Clients that send nothing yet.
   *
   * @param endpoint where all three are, instead of AWS
   * @param overrides retries and interceptors
   */
  public static AwsClients of(
      String region,
      Optional<URI> endpoint,
      AwsCredentialsProvider credentials,
      ClientOverrideConfiguration overrides) {
    S3ClientBuilder s3 = S3Client.builder().forcePathStyle(endpoint.isPresent());
    return new AwsClients(
        region,
        configured(Ec2Client.builder(), region, endpoint, credentials, overrides)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build(),
        configured(SsmClient.builder(), region, endpoint, credentials, overrides)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build(),
        configured(s3, region, endpoint, credentials, overrides)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build());
  }

  private static <B extends AwsClientBuilder<B, C>, C> B configured(
      B builder,
      String region,
      Optional<URI> endpoint,
      AwsCredentialsProvider credentials,
      ClientOverrideConfiguration overrides) {
    builder
        .region(Region.of(region))
        .credentialsProvider(credentials)
        .overrideConfiguration(overrides);
    endpoint.ifPresent(builder::endpointOverride);
    return builder;
  }

  @Override
  public void close() {
    ec2.close();
    ssm.close();
    s3.close();
  }
}
