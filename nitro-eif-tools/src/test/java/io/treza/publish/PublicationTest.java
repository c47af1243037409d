package io.treza.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A file's successor has the next number, and forgets no revocation. */
class PublicationTest {
  private static final Release V1 = KmsKeyPolicyTest.release("v1", '1');
  private static final Publication NEXT =
      new Publication(Instant.parse("2026-11-23T10:15:30Z"), Duration.ofDays(90));

  @Test
  void revocationIsForGood() {
    ReferenceValues revoked =
        NEXT.withStatus(NEXT.first("payments", V1), "v1", ReleaseStatus.REVOKED);
    assertEquals(2, revoked.sequence());
    assertThrows(
        IllegalArgumentException.class, () -> NEXT.withStatus(revoked, "v1", ReleaseStatus.ACTIVE));
    assertThrows(
        IllegalArgumentException.class,
        () -> NEXT.replace(revoked, KmsKeyPolicyTest.release("v1", '4')));
    assertEquals(revoked.releases(), NEXT.renew(revoked).releases());
  }

  @Test
  void releaseInServiceIsReplacedInItsPlace() {
    ReferenceValues first = NEXT.first("payments", V1);
    ReferenceValues two = NEXT.add(first, KmsKeyPolicyTest.release("v2", 'a'));
    Release rebuilt = KmsKeyPolicyTest.release("v1", '4');
    assertEquals(
        List.of(rebuilt, KmsKeyPolicyTest.release("v2", 'a')),
        NEXT.replace(two, rebuilt).releases());
    assertThrows(IllegalArgumentException.class, () -> NEXT.add(two, rebuilt));
    assertThrows(
        IllegalArgumentException.class,
        () -> NEXT.replace(first, KmsKeyPolicyTest.release("v2", 'a')));
  }
}
