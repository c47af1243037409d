package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A refusal of form says what stands there, and at which offset of the document. */
class FormMessagesTest {
  /** Where the payload begins: head, protected header (5), unprotected header, payload head (3). */
  private static final int PAYLOAD = 10;

  private static void assertFound(String found, Consumer<DocumentBuilder> change) {
    assertEquals(found, ((Rejection) new Trial().document(change).judge()).found());
  }

  @Test
  void ofEnvelope() {
    int length = new Trial().build().length;
    assertFound(
        "3 bytes after the end of the item at offset " + length,
        d -> d.envelope(e -> Arrays.copyOf(Cbor.array(e), length + 3)));
    assertFound("tag 61 at offset 0", d -> d.envelope(e -> Cbor.tag(61, Cbor.array(e))));
    assertFound(
        "an unprotected header with entries at offset 6",
        d -> d.unprotectedHeader(Cbor.map(Cbor.integer(1), Cbor.integer(2))));
    assertFound(
        "an unprotected header that is not a map at offset 6",
        d -> d.unprotectedHeader(Cbor.nullValue()));
    assertFound(
        "a protected header that is not a byte string at offset 1",
        d -> d.element(DocumentBuilder.Element.PROTECTED, c -> Cbor.nullValue()));
    assertFound(
        "the end of the input inside an item at offset 0", d -> d.envelope(e -> new byte[0]));
    assertFound(
        "a string of 4 bytes where 2 are left at offset 1",
        d -> d.envelope(e -> Arrays.copyOf(Cbor.array(e), 4)));
  }

  @Test
  void ofPayload() {
    assertFound(
        "a map key that is not text at offset " + (PAYLOAD + 1), payload(Cbor.integer(7), 1));
    assertFound("a string in chunks at offset " + (PAYLOAD + 1), payload(Cbor.chunkedBytes(), 1));
    assertFound("a string in chunks at offset " + (PAYLOAD + 1), payload(Cbor.chunkedText(), 1));
    assertFound(
        "a break or reserved head 0xff at offset " + (PAYLOAD + 1), payload(new byte[] {-1}, 1));
    assertFound(
        "a key that the map already has at offset " + (PAYLOAD + 4),
        payload(Cbor.concat(Cbor.text("x"), Cbor.nullValue(), Cbor.text("x")), 2));
    assertFound(
        "a map key that is not a whole number at offset " + (PAYLOAD + 4),
        payload(Cbor.concat(Cbor.text("x"), Cbor.map(Cbor.text("y"), Cbor.nullValue())), 1));
  }

  @Test
  void ofFieldsSaysTheTypeThatIsWanted() {
    Rejection rejection = (Rejection)
        new Trial().document(d -> d.field("cabundle", Cbor.nullValue())).judge();
    assertEquals("an array in cabundle", rejection.expected());
    assertEquals("VALUE_NULL", rejection.found());
  }

  /** A map that begins with {@code items}, padded so that its length takes two bytes. */
  private static Consumer<DocumentBuilder> payload(byte[] items, int entries) {
    return d -> d.payload(
        p -> Cbor.concat(Cbor.head(5, entries, Cbor.Width.SHORTEST), items, new byte[1000]));
  }
}
