package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnclaveDeploymentTest {
  private static final String IMAGE = "repo/web@sha256:" + "0f".repeat(32);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "repo/web",
        "repo/web:latest",
        "repo/web@sha256:0f",
        "@sha256:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
      })
  void takesNoImageThatIsNotPinned(String image) {
    IllegalArgumentException e = assertThrows(
        IllegalArgumentException.class, () -> EnclaveDeployment.builder("web", image, 2, 512));
    assertTrue(e.getMessage().contains("not pinned"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a-", "a.b", "a b", "ä", "_a"})
  void takesNoNameThatKubernetesDoesNot(String name) {
    assertThrows(
        IllegalArgumentException.class, () -> EnclaveDeployment.builder(name, IMAGE, 2, 512));
  }

  @Test
  void takesNoNameTooLongForAService() {
    assertEquals(
        63,
        EnclaveDeployment.builder("a".repeat(57), IMAGE, 2, 512)
            .build()
            .kubernetesName()
            .length());
    assertThrows(
        IllegalArgumentException.class,
        () -> EnclaveDeployment.builder("a".repeat(58), IMAGE, 2, 512));
  }

  @Test
  void isCalledInKubernetesAsItIsHere() {
    assertEquals(
        "treza-enc-17i-k3j",
        EnclaveDeployment.builder("enc_17I_k3j", IMAGE, 2, 512).build().kubernetesName());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9000, 9001, 9002, 65536})
  void exposesNoPortThatIsTaken(int port) {
    EnclaveDeployment.Builder builder = EnclaveDeployment.builder("web", IMAGE, 2, 512);
    assertThrows(IllegalArgumentException.class, () -> builder.exposePort(port));
  }

  @Test
  void wantsMemoryAndProcessorsAndNoNegativeNumber() {
    assertThrows(
        IllegalArgumentException.class, () -> EnclaveDeployment.builder("web", IMAGE, 0, 512));
    assertThrows(
        IllegalArgumentException.class, () -> EnclaveDeployment.builder("web", IMAGE, 2, 63));
    assertThrows(
        IllegalArgumentException.class,
        () -> EnclaveDeployment.builder("web", IMAGE, 2, 64).replicas(-1));
  }

  @Test
  void takesNoOwnerThatIsNoLabelValue() {
    assertThrows(
        IllegalArgumentException.class,
        () -> EnclaveDeployment.builder("web", IMAGE, 2, 64).owner("a/b"));
  }
}
