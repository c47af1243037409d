package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.Certainty;
import io.treza.audit.internal.SecretPatterns.Hit;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** H04: secrets written into a workload: its environment and its command lines. */
final class SecretRules {
  private static final String FIX =
      "Take it out, revoke it, and refer to a Secret: valueFrom.secretKeyRef.";
  private static final Pattern OPTION = Pattern.compile("--?([A-Za-z][A-Za-z0-9_.-]*)=(.*)");

  private SecretRules() {}

  static void judge(Pod pod, Findings findings) throws WrongType {
    int before = findings.count();
    int literals = 0;
    for (Container container : pod.containers()) {
      for (Field variable : container.field().get("env").items()) {
        Field value = variable.get("value");
        if (!value.loose().isEmpty()) {
          literals++;
          variable(container, variable.get("name").loose(), value, findings);
        }
      }
      for (String list : List.of("command", "args")) {
        for (Field argument : container.field().get(list).items()) {
          literals++;
          argument(container, argument, findings);
        }
      }
    }
    if (findings.count() == before) {
      findings.pass(
          "H04",
          pod.spec(),
          "none of " + literals + " environment variables and arguments looks like a secret");
    }
  }

  private static void variable(Container container, String name, Field value, Findings findings) {
    String text = value.loose();
    Optional<Hit> hit = SecretPatterns.find(text).stream().findFirst();
    Optional<Certainty> byName = SecretPatterns.variable(name, text);
    if (hit.isPresent() || byName.isPresent()) {
      boolean sure = hit.isPresent() || byName.get() == Certainty.SECRET;
      findings.add(
          "H04-env",
          sure ? Result.FAIL : Result.WARN,
          value,
          container.label() + " has " + (sure ? "a secret" : "what may be a secret")
              + " in the variable " + Shown.of(name) + ": "
              + hit.map(h -> h.rule().what() + ", ").orElse("") + SecretPatterns.mask(text),
          FIX);
    }
  }

  private static void argument(Container container, Field argument, Findings findings) {
    String text = argument.loose();
    Optional<Hit> hit = SecretPatterns.find(text).stream().findFirst();
    Matcher option = OPTION.matcher(text);
    if (hit.isPresent()) {
      findings.add(
          "H04-args",
          Result.FAIL,
          argument,
          container.label() + " has a secret on its command line: "
              + hit.get().rule().what() + ", "
              + SecretPatterns.mask(text.substring(hit.get().start(), hit.get().end())),
          FIX);
    } else if (option.matches()
        && SecretPatterns.variable(option.group(1), option.group(2)).isPresent()) {
      findings.add(
          "H04-args",
          Result.WARN,
          argument,
          container.label() + " has what may be a secret on its command line, in the option "
              + Shown.of(option.group(1)) + ": " + SecretPatterns.mask(option.group(2)),
          FIX);
    }
  }
}
