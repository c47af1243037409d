package io.treza.audit.internal.kubernetes;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.List;

/** Takes what the rules find about one workload. */
final class Findings {
  private final List<Finding> found = new ArrayList<>();

  /** A rule about a workload. */
  interface Rule {
    void judge(Pod pod, Findings findings) throws WrongType;
  }

  void add(String id, Result result, Field field, String message, String fix) {
    found.add(new Finding(id, result, message, field.location(), fix));
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
