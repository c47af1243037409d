package io.treza.samples.enclavekms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.TrustAnchor;
import io.treza.aws.kms.AttestedKms;
import io.treza.aws.kms.AttestedKmsException;
import io.treza.aws.kms.KeyArn;
import io.treza.aws.kms.ParentCredentials;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientKeySize;
import io.treza.platform.kms.SimulatedKms;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** How an application tests its own release of secrets: a simulated KMS, and no account. */
class OrdersTest {
  private static final byte[] IMAGE = new byte[48];

  static {
    IMAGE[0] = 1;
  }

  private static final String POLICY = """
      {"Statement": [
        {"Effect": "Allow", "Principal": "*", "Resource": "*",
         "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy"]},
        {"Effect": "Deny", "Principal": "*", "Resource": "*",
         "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
         "Condition": {"StringNotEquals": {"kms:RecipientAttestation:PCR0": "%s"}}}]}
      """.formatted(HexFormat.of().formatHex(IMAGE));

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());

  @Test
  void ordersAreReadByTheirTenantInTheRightEnclave() throws Exception {
    try (SimulatedKms simulator = SimulatedKms.builder(
                TrustAnchor.development("test", root.certificate().der()))
            .region("eu-central-1")
            .start();
        AttestedKms right = kms(simulator, IMAGE);
        AttestedKms other = kms(simulator, new byte[48])) {
      KeyArn key = createKey(simulator);
      Orders blue = new Orders(right, key, "blue");
      Orders.Sealed order = blue.seal("one enclave");
      assertEquals("one enclave", blue.open(order));
      refused(AttestedKmsException.Kind.DENIED, new Orders(other, key, "blue"), order);
      refused(AttestedKmsException.Kind.WRONG_CIPHERTEXT, new Orders(right, key, "red"), order);
      Orders.Sealed swapped = order.withKeyOf(blue.seal("two enclaves"));
      assertThrows(AEADBadTagException.class, () -> blue.open(swapped));
    }
  }

  private static void refused(AttestedKmsException.Kind kind, Orders orders, Orders.Sealed order)
      throws GeneralSecurityException {
    AttestedKmsException e = assertThrows(AttestedKmsException.class, () -> orders.open(order));
    assertEquals(kind, e.kind(), e.getMessage());
  }

  private AttestedKms kms(SimulatedKms simulator, byte[] image) {
    SimulatedNsm nsm = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(image, image, image)
        .build();
    KmsRecipient recipient = KmsRecipient.create(
        (nonce, key) -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.of(key)),
        RecipientKeySize.RSA_2048);
    return AttestedKms.builder(
            recipient, "eu-central-1", () -> ParentCredentials.longTerm("Enclave", "any"))
        .simulator(simulator.endpoint())
        .trustOnly(List.of(simulator.authority().orElseThrow()))
        .build();
  }

  private static KeyArn createKey(SimulatedKms simulator) {
    try (KmsClient admin = KmsClient.builder()
        .endpointOverride(simulator.endpoint())
        .region(Region.of(simulator.region()))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("KeyAdmin", "any")))
        .httpClient(UrlConnectionHttpClient.builder()
            .tlsTrustManagersProvider(() -> believing(simulator.authority().orElseThrow()))
            .build())
        .build()) {
      return new KeyArn(
          admin.createKey(request -> request.policy(POLICY)).keyMetadata().arn());
    }
  }

  private static TrustManager[] believing(X509Certificate authority) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("authority", authority);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(store);
      return trust.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
