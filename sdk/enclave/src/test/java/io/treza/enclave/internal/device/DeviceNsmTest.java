package io.treza.enclave.internal.device;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.PcrState;
import io.treza.enclave.nsm.Module;
import io.treza.testkit.Cbor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages of the NSM, with a simulated one behind them. */
class DeviceNsmTest {
  private static final byte[] NONCE = "nonce".getBytes(UTF_8);
  private static final byte[] KEY = new byte[300];
  private static final byte[] DATA = new byte[24];
  private static final byte[] NONE = {};

  private final ModuleDevice device = new ModuleDevice(new Module());
  private final Nsm nsm = device.nsm();

  @Test
  void documentsCarryWhatIsRegisteredOrGiven() throws Exception {
    nsm.register(KEY, DATA);
    AttestationDocument registered = AttestationDocument.parse(nsm.attest(NONCE));
    assertArrayEquals(NONCE, registered.nonce().orElseThrow());
    assertArrayEquals(KEY, registered.publicKey().orElseThrow());
    assertArrayEquals(DATA, registered.userData().orElseThrow());
    AttestationDocument given = AttestationDocument.parse(nsm.attest(NONE, DATA, NONE));
    assertTrue(given.nonce().isEmpty());
    assertArrayEquals(DATA, given.publicKey().orElseThrow());
    assertTrue(given.userData().isEmpty());
  }

  @Test
  void whatIsRegisteredIsACopy() throws Exception {
    byte[] data = DATA.clone();
    nsm.register(NONE, data);
    data[0] = 1;
    assertArrayEquals(
        DATA, AttestationDocument.parse(nsm.attest(NONCE)).userData().orElseThrow());
  }

  @Test
  void registersAndRandomBytes() throws Exception {
    assertEquals(new PcrState("11".repeat(48), true), nsm.describePcr(0));
    String extended = nsm.extendPcr(31, DATA);
    nsm.lockPcr(31);
    assertEquals(new PcrState(extended, true), nsm.describePcr(31));
    assertEquals(256, nsm.random().length);
  }

  @Test
  void aRefusalIsNamed() throws Exception {
    nsm.lockPcr(16);
    NsmException e = assertThrows(NsmException.class, () -> nsm.lockPcr(16));
    assertEquals(Problem.REFUSED, e.problem());
    assertTrue(e.getMessage().contains("InvalidOperation"), e.getMessage());
  }

  @Test
  void mapsOfIndefiniteLengthAreRead() throws Exception {
    byte[] inner = Cbor.indefiniteMap(
        Cbor.text("data"), Cbor.bytes(new byte[] {7}), Cbor.text("lock"), Cbor.simple(20));
    device.answering(Cbor.indefiniteMap(Cbor.text("DescribePCR"), inner));
    assertEquals(new PcrState("07", false), nsm.describePcr(3));
  }

  @ParameterizedTest
  @MethodSource
  void anythingElseIsNoAnswer(byte[] answer) {
    device.answering(answer);
    NsmException e = assertThrows(NsmException.class, () -> nsm.describePcr(3));
    assertEquals(Problem.PROTOCOL, e.problem());
  }

  static byte[][] anythingElseIsNoAnswer() {
    byte[] lock = Cbor.text("lock");
    byte[] data = Cbor.text("data");
    byte[] value = Cbor.bytes(new byte[48]);
    byte[] right = described(lock, Cbor.simple(20), data, value);
    return new byte[][] {
      {},
      {(byte) 0xff},
      Cbor.text("DescribePCR"),
      Cbor.map(Cbor.text("ExtendPCR"), Cbor.map(data, value)),
      described(lock, Cbor.simple(20)),
      described(lock, Cbor.simple(20), lock, Cbor.simple(20)),
      described(lock, Cbor.simple(22), data, value),
      described(lock, value, data, Cbor.simple(20)),
      described(lock, Cbor.simple(20), Cbor.text("more"), value),
      Arrays.copyOf(right, right.length - 1),
      Arrays.copyOf(right, right.length + 1),
      Cbor.map(Cbor.text("Error"), Cbor.map()),
      Cbor.concat(Cbor.map(Cbor.text("Error"), Cbor.text("InvalidIndex")), new byte[1]),
      Cbor.concat(new byte[] {(byte) 0xbf}, Cbor.text("DescribePCR"), Cbor.map()),
      Cbor.head(2, Long.MAX_VALUE, Cbor.Width.EIGHT),
    };
  }

  private static byte[] described(byte[]... fields) {
    return Cbor.map(Cbor.text("DescribePCR"), Cbor.map(fields));
  }

  @Test
  void theRightAnswerIsOne() throws Exception {
    device.answering(
        described(Cbor.text("lock"), Cbor.simple(20), Cbor.text("data"), Cbor.bytes(new byte[48])));
    assertEquals(new PcrState("00".repeat(48), false), nsm.describePcr(3));
  }
}
