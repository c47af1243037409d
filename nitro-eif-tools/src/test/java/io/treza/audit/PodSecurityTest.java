package io.treza.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.PodSecurity.Level;
import io.treza.audit.PodSecurity.Version;
import io.treza.audit.PodSecurity.Violation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions as namespaces' labels state them, and levels by their violations. */
class PodSecurityTest {
  @Test
  void versionsAreWrittenAsInLabels() {
    assertEquals(new Version(25), Version.parse("v1.25"));
    assertEquals(new Version(0), Version.parse("v1.0"));
    assertEquals(Version.latest(), Version.parse("latest"));
    assertEquals("v1.25", new Version(25).toString());
    assertThrows(IllegalArgumentException.class, () -> new Version(-1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1.25", "v1", "v2.0", "v1.025", "v1.25.3", "V1.25", "v1.99999", "Latest"})
  void otherVersionsAreRefused(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Version.parse(text));
    assertTrue(e.getMessage().endsWith(": " + text), e::toString);
  }

  @Test
  void aLevelAllowsWhatItDoesNotForbid() {
    Violation violation = new Violation("runAsUser", "m", new Location.Whole());
    PodSecurity security = new PodSecurity(Version.latest(), List.of(), List.of(violation));
    assertTrue(security.allowedBy(Level.PRIVILEGED));
    assertTrue(security.allowedBy(Level.BASELINE));
    assertFalse(security.allowedBy(Level.RESTRICTED));
    assertEquals(List.of(violation), security.violations(Level.RESTRICTED));
  }
}
