package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of faults, taken together, leave no reason and no step untested. */
class EveryReasonTest {
  private static List<Fault> faults() {
    return Stream.of(
            EnvelopeFaultsTest.faults(),
            PayloadFormFaultsTest.faults(),
            FieldFaultsTest.faults(),
            BundleFaultsTest.faults(),
            CertificateFormFaultsTest.faults(),
            CertificateUseFaultsTest.faults(),
            LinkFaultsTest.faults(),
            SignatureFaultsTest.faults(),
            IdentityFaultsTest.faults(),
            ExpectationFaultsTest.faults(),
            ReleaseFaultsTest.faults(),
            ChallengeFaultsTest.faults())
        .flatMap(s -> s)
        .toList();
  }

  @Test
  void everyReasonHasAFault() {
    assertEquals(
        EnumSet.allOf(Reason.class),
        EnumSet.copyOf(faults().stream().map(Fault::reason).toList()));
  }

  @Test
  void everyStepHasAFault() {
    assertEquals(
        EnumSet.allOf(Step.class),
        EnumSet.copyOf(faults().stream().map(Fault::step).toList()));
  }

  @Test
  void noTwoFaultsOfAStepHaveOneName() {
    Set<String> seen = new HashSet<>();
    assertEquals(
        Set.of(),
        faults().stream()
            .map(fault -> fault.step() + " " + fault.name())
            .filter(name -> !seen.add(name))
            .collect(Collectors.toSet()));
  }
}
