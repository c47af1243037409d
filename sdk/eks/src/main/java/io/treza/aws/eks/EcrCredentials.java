package io.treza.aws.eks;

import io.treza.image.CredentialSource;
import io.treza.image.RegistryCredential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;
import software.amazon.awssdk.services.ecr.model.AuthorizationData;
import software.amazon.awssdk.services.ecr.model.EcrException;

/**
 * Credentials for private repositories of Amazon ECR, asked of AWS when they are needed ({@code
 * ecr:GetAuthorizationToken}); they are good for twelve hours, and what for is the caller's policy.
 */
public final class EcrCredentials implements CredentialSource {
  // Amazon ECR API, "Endpoints"; also of FIPS, dual stack, and China.
  private static final Pattern REGISTRY = Pattern.compile(
      "[0-9]{12}\\.dkr[.-]ecr(?:-fips)?\\.([a-z0-9-]+)\\.(?:amazonaws\\.com(?:\\.cn)?|on\\.aws"
          + "|on\\.amazonwebservices\\.com\\.cn)");

  private final Function<String, EcrClient> clients;

  EcrCredentials(Function<String, EcrClient> clients) {
    this.clients = clients;
  }

  /** Asks with the credentials that AWS's SDK finds: of the environment, a profile, or the host. */
  public static EcrCredentials standard() {
    return new EcrCredentials(region -> EcrClient.builder()
        .region(Region.of(region))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build());
  }

  @Override
  public Optional<RegistryCredential> find(String registry, String repository) throws IOException {
    Matcher ecr = REGISTRY.matcher(registry);
    if (!ecr.matches()) {
      return Optional.empty();
    }
    try (EcrClient client = clients.apply(ecr.group(1))) {
      return Optional.of(credential(
          registry,
          client.getAuthorizationToken().authorizationData().stream()
              .findFirst()
              .orElseThrow(() -> new IOException(registry + ": AWS answered without a token"))));
    } catch (EcrException e) {
      throw new IOException(
          registry + ": AWS gives no token ("
              + Optional.ofNullable(e.awsErrorDetails())
                  .map(AwsErrorDetails::errorCode)
                  .orElse("HTTP status " + e.statusCode())
              + "); allow ecr:GetAuthorizationToken to who runs this, or renew the credentials",
          e);
    } catch (SdkException e) {
      throw new IOException(
          registry + ": AWS cannot be asked for a token; are there credentials, as for the aws"
              + " command, and a way to its endpoint?",
          e);
    }
  }

  private static RegistryCredential credential(String registry, AuthorizationData data)
      throws IOException {
    try {
      String token =
          new String(Base64.getDecoder().decode(data.authorizationToken()), StandardCharsets.UTF_8);
      int colon = token.indexOf(':');
      if (colon > 0) {
        return new RegistryCredential.Password(
            token.substring(0, colon), token.substring(colon + 1));
      }
    } catch (IllegalArgumentException e) {
      // Not shown: it may hold the secret.
    }
    throw new IOException(registry + ": AWS answered with a token that is none");
  }
}
