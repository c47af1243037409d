package io.treza.platform.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EgressRuleTest {
  @Test
  void aNameAllowsItselfOnItsPortOnly() {
    EgressRule rule = EgressRule.parse("API.Example.com:443"); // I, also where I is no upper case i
    assertEquals(new EgressRule("api.example.com", 443), rule);
    assertEquals("api.example.com:443", rule.toString());
    assertTrue(rule.allows("api.example.com", 443));
    assertFalse(rule.allows("api.example.com", 444));
    assertFalse(rule.allows("example.com", 443));
    assertFalse(rule.allows("x.api.example.com", 443));
    assertFalse(rule.allows("API.example.com", 443));
  }

  @Test
  void aPatternAllowsEveryNameUnderItAndNotItself() {
    EgressRule rule = EgressRule.parse("*.example.com:443");
    assertTrue(rule.allows("a.example.com", 443));
    assertTrue(rule.allows("a.b.example.com", 443));
    assertFalse(rule.allows("example.com", 443));
    assertFalse(rule.allows(".example.com", 443));
    assertFalse(rule.allows("badexample.com", 443));
    assertFalse(rule.allows("a/.example.com", 443));
    assertFalse(rule.allows("*.example.com", 443));
    assertFalse(rule.allows("a.example.com.evil.example", 443));
  }

  @Test
  void anAddressAllowsItself() {
    assertTrue(EgressRule.parse("10.0.0.1:443").allows("10.0.0.1", 443));
    assertFalse(EgressRule.parse("*.1.example:443").allows("10.0.0.1", 443));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "example.com:",
        "example.com:0",
        "example.com:65536",
        "example.com:+443",
        "example.com:443 ",
        " example.com:443",
        "example.com.:443",
        ".example.com:443",
        "exa mple.com:443",
        "-a.example:443",
        "a-.example:443",
        "a_b.example:443",
        "*:443",
        "*.:443",
        "*.*.example.com:443",
        "a.*.example.com:443",
        "*a.example.com:443",
        "*.10.0.0.1:443",
        "10.0.0.256:443",
        "10.0.0.01:443",
        "127.1:443",
        "2130706433:443",
        "0x7f000001:443",
        "0x7f.0.0.0x1:443",
        "[::1]:443",
        "::1:443",
        "https://example.com:443",
        "user@example.com:443"
      })
  void refusesWhatIsNoRule(String text) {
    assertThrows(IllegalArgumentException.class, () -> EgressRule.parse(text));
  }

  @Test
  void aNameHasItsLimits() {
    String label = "a".repeat(63);
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertEquals(253, longest.length());
    assertEquals(longest, new EgressRule(longest, 1).host());
    assertThrows(IllegalArgumentException.class, () -> new EgressRule(longest + "a", 1));
    assertThrows(IllegalArgumentException.class, () -> new EgressRule(label + "a.example", 1));
  }
}
