package io.treza.audit.internal.dockerfile;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects findings about one file, a bounded number of each kind. */
final class Findings {
  private final String file;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<String, Integer> counts = new HashMap<>();

  Findings(String file) {
    this.file = file;
  }

  /** Adds what was seen at a line, and what to do about it. */
  void at(int line, String id, Result result, String message, String fix) {
    int count = counts.merge(id + result, 1, Integer::sum);
    if (count < Limits.FINDINGS) {
      findings.add(new Finding(id, result, message, new Location.Line(file, line), fix));
    } else if (count == Limits.FINDINGS) {
      findings.add(new Finding(
          id,
          result,
          "there are more like the " + (count - 1) + " before",
          new Location.Line(file, line),
          fix));
    }
  }

  /** Adds what was seen of the file as a whole. */
  void whole(String id, Result result, String message, String fix) {
    findings.add(new Finding(id, result, message, new Location.Whole(), fix));
  }

  /** Whether there is a finding of this check that is worse than a pass. */
  boolean any(String check) {
    return findings.stream()
        .anyMatch(f -> f.id().startsWith(check) && f.result().compareTo(Result.PASS) > 0);
  }

  List<Finding> list() {
    return List.copyOf(findings);
  }
}
