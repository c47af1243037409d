package io.treza.publish;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Measurements;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.eif.Signers;
import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SignatureException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reference values attached to images in a real registry, which keeps no list of referrers. */
class AttachedReferenceValuesTest {
  @TempDir
  static Path shared;

  private static TestRegistry registry;
  private static int images;

  @TempDir
  Path dir;

  private Signer signer;
  private String digest = "";
  private RegistryReference image;

  @BeforeAll
  static void start() throws IOException {
    registry = new TestRegistry(shared);
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  /** Each test has an image of its own. */
  @BeforeEach
  void pushImage() throws IOException, InterruptedException {
    TestImage content =
        TestImage.of(new Tar().file("n", String.valueOf(images++)).bytes());
    registry.push("shop/app", "1", content);
    digest = TestImage.digest(content.manifest());
    image = RegistryReference.parse(registry.name() + "/shop/app@" + digest);
    signer = signer("key.pem");
  }

  private Signer signer(String name) throws IOException {
    try {
      byte[] der =
          KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
      return Signers.pem(Files.writeString(
          dir.resolve(name),
          "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
              + "\n-----END PRIVATE KEY-----\n"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private AttachedReferenceValues attached() throws IOException {
    return AttachedReferenceValues.of(
        image,
        RegistryAccess.builder()
            .cache(dir.resolve("cache"))
            .credentials(CredentialSource.docker(
                registry.dockerConfig(dir.resolve("docker"), TestRegistry.AUTH)))
            .build());
  }

  private static ReferenceValues values(long sequence, String imageDigest) {
    return ReferenceValues.builder("app")
        .sequence(sequence)
        .release(Release.builder(Measurements.builder()
                .release("v" + sequence)
                .pcr(0, "1".repeat(96))
                .pcr(1, "2".repeat(96))
                .pcr(2, "3".repeat(96))
                .build())
            .image(new Release.Image("registry.example/app", imageDigest))
            .build())
        .build();
  }

  private byte[] push(long sequence, Signer by)
      throws IOException, ReferenceValuesException, SignatureException {
    ReferenceValues values = values(sequence, digest);
    byte[] file = values.sign(by);
    assertTrue(attached()
        .push(values, file, AttachedReferenceValues.ENVELOPE)
        .matches("sha256:[0-9a-f]{64}"));
    return file;
  }

  private ReferenceValuesVerifier verifier() {
    return ReferenceValuesVerifier.builder(TrustedKeys.of(List.of(signer.publicKey())), "app")
        .build();
  }

  private Problem refused() {
    return assertThrows(ReferenceValuesException.class, () -> attached().newest(verifier()))
        .problem();
  }

  @Test
  void whatWasPushedIsPulled() throws Exception {
    byte[] file = push(1, signer);
    assertArrayEquals(file, attached().newest(verifier()));
  }

  @Test
  void theNewestCountsInWhateverOrderTheyCame() throws Exception {
    push(2, signer);
    byte[] newest = push(3, signer);
    push(1, signer);
    assertArrayEquals(newest, attached().newest(verifier()));
    assertEquals(3, attached().unverified().size());
  }

  @Test
  void pushingTheSameTwiceAttachesItOnce() throws Exception {
    byte[] file = values(1, digest).sign(signer);
    attached().push(values(1, digest), file, AttachedReferenceValues.ENVELOPE);
    attached().push(values(1, digest), file, AttachedReferenceValues.ENVELOPE);
    assertEquals(1, attached().unverified().size());
  }

  @Test
  void aStrangersFileNeverCountsHoweverNew() throws Exception {
    byte[] file = push(1, signer);
    push(9, signer("stranger.pem"));
    assertArrayEquals(file, attached().newest(verifier()));
  }

  @Test
  void aStrangersFileAloneIsRefused() throws Exception {
    push(9, signer("stranger.pem"));
    assertEquals(Problem.SIGNATURE, refused());
  }

  @Test
  void nothingAttachedIsSaidSo() {
    assertEquals(Problem.UNAVAILABLE, refused());
  }

  @Test
  void whatIsAboutAnotherImageIsNeitherPushedNorAccepted() throws Exception {
    ReferenceValues other = values(1, "sha256:" + "ab".repeat(32));
    byte[] file = other.sign(signer);
    ReferenceValuesException e = assertThrows(
        ReferenceValuesException.class,
        () -> attached().push(other, file, AttachedReferenceValues.ENVELOPE));
    assertEquals(Problem.SUBJECT, e.problem());
    // As somebody else's tool may have attached it.
    attached().push(values(1, digest), file, AttachedReferenceValues.ENVELOPE);
    assertEquals(Problem.SUBJECT, refused());
  }

  @Test
  void anImageThatIsNotThereIsRefused() {
    digest = "sha256:" + "cd".repeat(32);
    image = RegistryReference.parse(registry.name() + "/shop/app@" + digest);
    ImageException e = assertThrows(ImageException.class, () -> push(1, signer));
    assertTrue(String.valueOf(e.getMessage()).contains("not found"), e.getMessage());
  }

  @Test
  void aTagNamesNoImage() {
    assertThrows(
        IllegalArgumentException.class,
        () -> AttachedReferenceValues.of(
            RegistryReference.parse(registry.name() + "/shop/app:1"), RegistryAccess.defaults()));
  }
}
