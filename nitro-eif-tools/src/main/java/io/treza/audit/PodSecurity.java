package io.treza.audit;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the Pod Security Standards of Kubernetes say of a pod, decided as Kubernetes' own admission
 * (k8s.io/pod-security-admission) decides.
 *
 * @param version of the standards
 * @param baseline what the level baseline forbids, in the order of the checks' ids
 * @param restricted what the level restricted forbids, likewise
 */
public record PodSecurity(Version version, List<Violation> baseline, List<Violation> restricted) {
  public PodSecurity {
    baseline = List.copyOf(baseline);
    restricted = List.copyOf(restricted);
  }

  /** The levels, from none to the strictest. */
  public enum Level {
    /** Forbids nothing. */
    PRIVILEGED,
    /** Forbids the known ways out of a container. */
    BASELINE,
    /** Demands what is good practice too. */
    RESTRICTED
  }

  /**
   * Something that a check forbids.
   *
   * @param check Kubernetes' id of the check, such as {@code runAsNonRoot}
   * @param message which container or field, and what is there
   */
  public record Violation(String check, String message, Location location) {}

  /**
   * A version of the standards, which change with Kubernetes.
   *
   * @param minor 36 for v1.36; those newer than {@link #latest()} are judged as that
   */
  public record Version(int minor) {
    private static final Pattern TEXT = Pattern.compile("v1\\.(0|[1-9][0-9]{0,3})");
    private static final int NEWEST = 37;

    public Version {
      if (minor < 0) {
        throw new IllegalArgumentException("a version is v1.0 or later: v1." + minor);
      }
    }

    /** The newest version that is known here. */
    public static Version latest() {
      return new Version(NEWEST);
    }

    /**
     * Parses a version as the labels of namespaces state it: {@code v1.36} or {@code latest}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Version parse(String text) {
      if (text.equals("latest")) {
        return latest();
      }
      Matcher m = TEXT.matcher(text);
      if (!m.matches()) {
        throw new IllegalArgumentException(
            "no version of the Pod Security Standards, such as v1.36 or latest: " + text);
      }
      return new Version(Integer.parseInt(m.group(1)));
    }

    @Override
    public String toString() {
      return "v1." + minor;
    }
  }

  /** What a namespace that enforces {@code level} would forbid. */
  public List<Violation> violations(Level level) {
    return switch (level) {
      case PRIVILEGED -> List.of();
      case BASELINE -> baseline;
      case RESTRICTED -> restricted;
    };
  }

  /** Whether a namespace that enforces {@code level} would let the pod in. */
  public boolean allowedBy(Level level) {
    return violations(level).isEmpty();
  }
}
