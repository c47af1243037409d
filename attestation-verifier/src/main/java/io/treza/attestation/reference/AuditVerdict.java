package io.treza.attestation.reference;

import io.treza.attestation.internal.Text;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the audit of a container image came to, as far as a relying party needs it. Immutable.
 *
 * @param image digest of the image that was audited, {@code sha256:} and 64 hexadecimal digits
 * @param policy what it was audited by
 * @param scan the vulnerability scan that the audit read; empty if there was none
 * @param checks each check's result by its id ({@code H01} to {@code E18}); at least one
 */
public record AuditVerdict(
    String image, Policy policy, Optional<Scan> scan, SortedMap<String, Result> checks) {
  /** What one check came to, as {@code treza image audit} reports it. */
  public enum Result {
    /** As it should be. The only result that meets a demand. */
    PASS,
    /** Not as it should be. */
    FAIL,
    /** Worth knowing, and not wrong by itself. */
    WARN,
    /** The evidence could not decide it. */
    INCONCLUSIVE,
    /** There was nothing to look at. */
    NOT_APPLICABLE
  }

  /**
   * The rules of an audit.
   *
   * @param digest of the policy's file, {@code sha256:} and 64 hexadecimal digits
   */
  public record Policy(String name, String digest) {
    /** Refuses a name that is no line, and what is no digest. */
    public Policy {
      Checked.line("policy.name", name);
      Checked.sha256Digest("policy.digest", digest);
    }
  }

  /**
   * A vulnerability scan.
   *
   * @param scanner its name, for example {@code grype}
   * @param version of the scanner
   * @param time when it ran; whole seconds
   */
  public record Scan(String scanner, String version, Instant time) {
    /** Refuses texts that are no line; drops fractions of a second. */
    public Scan {
      Checked.line("scan.scanner", scanner);
      Checked.line("scan.version", version);
      time = Checked.time("scan.time", time);
    }
  }

  /** Refuses what is no digest, unknown forms of ids, and an audit without checks. */
  public AuditVerdict {
    Checked.sha256Digest("image", image);
    if (checks.isEmpty()) {
      throw new IllegalArgumentException("checks: expected at least one");
    }
    for (String id : checks.keySet()) {
      if (!isCheckId(id)) {
        throw new IllegalArgumentException(
            "checks: " + Text.quoted(id) + " is no check; expected an id such as H01");
      }
    }
    checks = Collections.unmodifiableSortedMap(new TreeMap<>(checks));
  }

  /** Whether {@code check} was made and passed. */
  public boolean passed(String check) {
    return checks.get(check) == Result.PASS;
  }

  /** Whether {@code id} is of the form that checks have: a capital letter and two digits. */
  public static boolean isCheckId(String id) {
    return id.length() == 3
        && isBetween('A', id.charAt(0), 'Z')
        && isBetween('0', id.charAt(1), '9')
        && isBetween('0', id.charAt(2), '9');
  }

  private static boolean isBetween(char first, char c, char last) {
    return first <= c && c <= last;
  }
}
