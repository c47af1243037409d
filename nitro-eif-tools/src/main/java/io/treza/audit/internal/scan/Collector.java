package io.treza.audit.internal.scan;

import io.treza.audit.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Counts what a report lists, whatever its length, and keeps the worst of it. */
final class Collector {
  static final int LISTED = 20;

  private static final Comparator<Problem> WORST_FIRST = Comparator.comparing(Problem::severity)
      .reversed()
      .thenComparing(Problem::id)
      .thenComparing(Problem::text);

  private final Suppressions suppressions;
  private final Artifact artifact;
  private final Map<Problem.Kind, Map<Severity, Long>> counts = new EnumMap<>(Problem.Kind.class);
  private final Map<Problem.Kind, TreeSet<Problem>> worst = new EnumMap<>(Problem.Kind.class);
  private final List<String> suppressed = new ArrayList<>();
  private long suppressedCount;

  Collector(Suppressions suppressions, Artifact artifact) {
    this.suppressions = suppressions;
    this.artifact = artifact;
  }

  void add(Problem problem) {
    Optional<String> by = suppressions.find(problem, artifact);
    if (by.isPresent()) {
      suppressed(problem.text() + " by " + by.get());
      return;
    }
    counts
        .computeIfAbsent(problem.kind(), kind -> new EnumMap<>(Severity.class))
        .merge(problem.severity(), 1L, Long::sum);
    TreeSet<Problem> kept =
        worst.computeIfAbsent(problem.kind(), kind -> new TreeSet<>(WORST_FIRST));
    kept.add(problem);
    if (kept.size() > LISTED) {
      kept.pollLast();
    }
  }

  /** Notes what the scanner itself left out. */
  void suppressed(String what) {
    suppressedCount++;
    if (suppressed.size() < LISTED) {
      suppressed.add(what);
    }
  }

  ScanReport.Found found() {
    Map<Problem.Kind, List<Problem>> lists = new EnumMap<>(Problem.Kind.class);
    worst.forEach((kind, problems) -> lists.put(kind, List.copyOf(problems)));
    return new ScanReport.Found(counts, lists, suppressedCount, List.copyOf(suppressed));
  }
}
