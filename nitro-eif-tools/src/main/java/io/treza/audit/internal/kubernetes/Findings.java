package io.treza.audit.internal.kubernetes;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes what the rules find about one workload. */
final class Findings {
  private final List<Finding> found = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /** A rule about a workload. */
  interface Rule {
    void judge(Pod pod, Findings findings) throws WrongType;
  }

  void add(String id, Result result, Field field, String message, String fix) {
    add(new Finding(id, result, message, field.location(), fix));
  }

  void addAll(Collection<Finding> findings) {
    findings.forEach(this::add);
  }

  private void add(Finding finding) {
    if (numbers.merge(finding.id() + finding.result(), 1, Integer::sum) <= Budget.OF_ONE_KIND) {
      found.add(finding);
    }
  }

  void pass(String id, Field field, String message) {
    add(id, Result.PASS, field, message, "");
  }

  /** Applies a rule; a value of a wrong type fails it. */
  void judge(String id, Rule rule, Pod pod) {
    try {
      rule.judge(pod, this);
    } catch (WrongType e) {
      add(id, Result.FAIL, e.field(), e.getMessage(), "Write a value of this type.");
    }
  }

  int count() {
    return found.size();
  }

  List<Finding> list() {
    return List.copyOf(found);
  }
}
