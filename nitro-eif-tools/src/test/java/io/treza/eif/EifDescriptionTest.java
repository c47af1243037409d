package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EifDescriptionTest {
  @TempDir
  Path dir;

  private static EifFile golden(String name) throws IOException {
    return EifFile.open(Requirement.shared("eif/golden").resolve(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g1-x86-unsigned",
        "g2-arm-one-ramdisk",
        "g3-x86-signed384-three-ramdisks",
        "g4-signed256"
      })
  void isWhatNitroCliPrintsFieldForField(String name) throws IOException {
    Path published = Requirement.shared("eif/golden").resolve(name + ".describe.json");
    assertEquals(Files.readString(published).strip(), EifDescription.json(golden(name + ".eif")));
  }

  @Test
  void signatureOverAnotherImageIsAFailedCheck() throws IOException {
    String json = EifDescription.json(golden("n6-signature-of-other-image.eif"));
    assertTrue(json.contains("\"SignatureCheck\": false"), json);
    assertTrue(json.contains("eif-golden-256"), json);
  }

  @Test
  void wrongCrcIsAFailedCheck() throws IOException {
    String json = EifDescription.json(golden("n4-bad-crc.eif"));
    assertTrue(json.contains("\"CheckCRC\": false"), json);
  }

  @Test
  void fieldsThatAwsDoesNotKnowAreNotShown() throws IOException {
    String json = BrokenEif.JSON.replace("\"BuildTime\"", "\"Other\":\"x\",\"BuildTime\"");
    EifFile eif =
        BrokenEif.whole().replace(BrokenEif.METADATA, json.getBytes(UTF_8)).open(dir);
    assertFalse(EifDescription.json(eif).contains("Other"));
  }

  @Test
  void unreadableSignatureIsAnError() throws IOException {
    EifFile eif = BrokenEif.whole().with(BrokenEif.SIGNATURE, "x").open(dir);
    assertRefused(EifException.class, () -> EifDescription.json(eif), "a.eif", "signature-form");
  }

  @Test
  void imageThatCannotBeMeasuredIsAnError() throws IOException {
    EifFile eif = BrokenEif.whole().with(BrokenEif.KERNEL, "x").open(dir);
    assertRefused(EifException.class, () -> EifDescription.json(eif), "kernel-count");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"ImageName\":1}",
        "{\"ImageName\":\"n\",\"ImageVersion\":\"v\",\"BuildMetadata\":{},\"DockerInfo\":null,"
            + "\"CustomMetadata\":null}"
      })
  void metadataOfAnotherFormIsAnError(String json) throws IOException {
    EifFile eif =
        BrokenEif.whole().replace(BrokenEif.METADATA, json.getBytes(UTF_8)).open(dir);
    assertRefused(EifException.class, () -> EifDescription.json(eif), "metadata-json", "595");
  }

  @Test
  void customMetadataThatIsNoObjectIsAnError() throws IOException {
    String json = BrokenEif.JSON.replace("\"CustomMetadata\":null", "\"CustomMetadata\":[]");
    EifFile eif =
        BrokenEif.whole().replace(BrokenEif.METADATA, json.getBytes(UTF_8)).open(dir);
    assertRefused(EifException.class, () -> EifDescription.json(eif), "CustomMetadata");
  }
}
