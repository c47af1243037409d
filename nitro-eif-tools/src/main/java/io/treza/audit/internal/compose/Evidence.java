package io.treza.audit.internal.compose;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The findings about one subject, by the source they come from. */
public final class Evidence {
  /** Where findings come from. */
  public enum Source {
    IMAGE,
    DOCKERFILE,
    SCAN,
    KUBERNETES,
    ENCLAVE
  }

  private final Map<Source, List<Finding>> findings = new EnumMap<>(Source.class);

  /** Adds what a source yields; having asked it counts, even if it yields nothing. */
  public Evidence add(Source source, List<Finding> more) {
    findings.computeIfAbsent(source, s -> new ArrayList<>()).addAll(more);
    return this;
  }

  /** Whether a source was asked. */
  boolean has(Source source) {
    return findings.containsKey(source);
  }

  /** What a source says of a check. */
  List<Finding> about(Source source, CheckId check) {
    return findings.getOrDefault(source, List.of()).stream()
        .filter(f -> f.check() == check)
        .toList();
  }
}
