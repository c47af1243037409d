package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.attestation.FormStep.Form;
import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.Providers;
import io.treza.testkit.Cbor;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

/**
 * Every vector of Project Wycheproof's ecdsa_secp384r1_sha384_p1363_test, by every provider, on the
 * way a document's signature takes: the form first, then ECDSA.
 */
class WycheproofTest {
  private static final int VALID = 193;
  private static final int INVALID_OF_96_BYTES = 68;
  private static final int INVALID_OF_OTHER_LENGTHS = 19;

  /** What became of the vectors; those with another verdict than theirs are listed by number. */
  private record Tally(int valid, int invalid, int wrongLength, List<Integer> disagreements) {}

  /**
   * Valid signatures that the JDK's provider refused until it reduced x-coordinates of n and above:
   * unreachable by chance, and refusing is the safe side.
   */
  private static final List<Integer> REFUSED_BY_OLD_JDKS = List.of(147, 275);

  @Test
  void bouncyCastleAgreesWithEveryVector() throws Exception {
    assertAgrees(new BouncyCastleProvider(), List.of());
  }

  @Test
  void correttoAgreesWithEveryVector() throws Exception {
    Optional<Provider> corretto = Providers.corretto();
    Requirement.require(corretto.isPresent(), "Corretto's provider does not load on this platform");
    assertAgrees(corretto.orElseThrow(), List.of());
  }

  @Test
  void theJdkAgreesWithEveryVectorOrIsStricter() throws Exception {
    assertAgrees(
        Security.getProvider("SunEC"),
        Runtime.version().feature() < 25 ? REFUSED_BY_OLD_JDKS : List.of());
  }

  private static void assertAgrees(Provider provider, List<Integer> refusedThoughValid)
      throws Exception {
    int refused = refusedThoughValid.size();
    assertEquals(
        new Tally(
            VALID - refused,
            INVALID_OF_96_BYTES + refused,
            INVALID_OF_OTHER_LENGTHS,
            refusedThoughValid),
        tally(new EcdsaP384(provider)));
  }

  private static Tally tally(EcdsaP384 ecdsa) throws IOException, GeneralSecurityException {
    Path file = Requirement.shared("wycheproof/ecdsa_secp384r1_sha384_p1363_test.json");
    JsonNode vectors = new ObjectMapper().readTree(file.toFile());
    int valid = 0;
    int invalid = 0;
    int wrongLength = 0;
    List<Integer> disagreements = new ArrayList<>();
    for (JsonNode group : vectors.required("testGroups")) {
      PublicKey key = ecdsa.publicKey(hex(group.required("publicKeyDer")));
      for (JsonNode vector : group.required("tests")) {
        byte[] signature = hex(vector.required("sig"));
        boolean accepted = accepts(ecdsa, key, hex(vector.required("msg")), signature);
        if (accepted != vector.required("result").asText().equals("valid")) {
          disagreements.add(vector.required("tcId").asInt());
        }
        if (accepted) {
          valid++;
        } else if (signature.length == 2 * EcdsaP384.COORDINATE_BYTES) {
          invalid++;
        } else {
          wrongLength++;
        }
      }
    }
    return new Tally(valid, invalid, wrongLength, disagreements);
  }

  private static boolean accepts(EcdsaP384 ecdsa, PublicKey key, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    byte[] document = Cbor.array(
        Cbor.bytes(HexFormat.of().parseHex("a1013822")),
        Cbor.map(),
        Cbor.bytes(Cbor.map()),
        Cbor.bytes(signature));
    Form form;
    try {
      form = FormStep.check(document, Limits.DEFAULT);
    } catch (Refusal refusal) {
      assertEquals(Reason.SIGNATURE_ENCODING, refusal.reason(), refusal::toString);
      return false;
    }
    return ecdsa.verifies(key, message, form.r(), form.s());
  }

  private static byte[] hex(JsonNode text) {
    return HexFormat.of().parseHex(text.asText());
  }
}
