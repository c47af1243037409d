package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.treza.image.RegistryCredential;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;

/** A token as moto's ECR hands it out. */
@ExtendWith(MotoExtension.class)
class EcrMotoTest {
  @Test
  void tokenOfEcrIsAUserAndAPassword(Moto moto) throws IOException {
    EcrCredentials credentials = new EcrCredentials(region -> EcrClient.builder()
        .region(Region.of(region))
        .endpointOverride(moto.uri())
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build());
    RegistryCredential.Password password = (RegistryCredential.Password) credentials
        .find("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "shop/app")
        .orElseThrow();
    assertEquals("AWS", password.user());
    assertFalse(password.password().isEmpty());
  }
}
