package io.treza.attestation;

import static io.treza.attestation.ExpectationFaultsTest.measure;
import static io.treza.attestation.ExpectationFaultsTest.release;
import static io.treza.attestation.ExpectationFaultsTest.value;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** An unexpected document is described by what differs, not by all it holds. */
class ExpectationMessagesTest {
  private static final Measurements FIRST = release(1).build();
  private static final Measurements SECOND = release(2).build();

  private static Rejection judged(Trial trial) {
    return (Rejection) trial.judge();
  }

  private static Trial expecting(Measurements... releases) {
    return new Trial()
        .expecting(Expectation.measurements(List.of(releases)).withoutNonce().build());
  }

  @Test
  void namesTheMeasurementsThatFitNoRelease() {
    Rejection rejection = judged(expecting(FIRST, SECOND).document(d -> measure(d, 1, 3, 2)));
    assertEquals("PCR1=" + value(31), rejection.found());
    assertEquals(FIRST + " or " + SECOND, rejection.expected());
  }

  @Test
  void namesAllMeasurementsWhenEachFitsSomeRelease() {
    Rejection rejection = judged(expecting(FIRST, SECOND).document(d -> measure(d, 1, 2, 2)));
    assertEquals(
        "PCR0=" + value(10) + " PCR1=" + value(21) + " PCR2=" + value(22), rejection.found());
  }

  @Test
  void namesMeasurementsThatAreAbsent() {
    Rejection rejection =
        judged(expecting(release(1).pcr(16, value(16)).build()).document(d -> measure(d, 1, 1, 1)));
    assertEquals("PCR16=absent", rejection.found());
  }

  @Test
  void tellsAbsentFromZero() {
    assertEquals(
        "PCR1 absent", judged(new Trial().document(d -> d.withoutPcr(1))).found());
    assertEquals(
        "PCR1 zero", judged(new Trial().document(d -> d.pcr(1, new byte[48]))).found());
  }

  @Test
  void namesTheInstanceRatherThanItsMeasurement() {
    String other = "sim-i-0aaaaaaaaaaaaaaaa";
    Rejection rejection = judged(new Trial()
        .expecting(
            Expectation.acceptAnyMeasurement().withoutNonce().instanceId(other).build()));
    assertEquals(other, rejection.expected());
    assertEquals(Trial.CHAIN.instanceId(), rejection.found());
  }
}
