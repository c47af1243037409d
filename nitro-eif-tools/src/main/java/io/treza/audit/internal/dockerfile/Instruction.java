package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Optional;

/**
 * An instruction as BuildKit's parser takes it apart, before any variable is expanded.
 *
 * @param keyword in lower case
 * @param flags that stand before the arguments, with their dashes
 * @param args ENV and LABEL give three a pair: name, value, and {@code =} or nothing
 * @param json whether the arguments were written as a JSON array
 * @param trigger what ONBUILD puts off
 * @param line where it starts, counted from 1
 * @param text of the whole instruction, its lines joined
 */
record Instruction(
    String keyword,
    List<String> flags,
    List<String> args,
    boolean json,
    Optional<Instruction> trigger,
    List<Heredoc> heredocs,
    int line,
    String text) {
  Instruction {
    flags = List.copyOf(flags);
    args = List.copyOf(args);
    heredocs = List.copyOf(heredocs);
  }

  boolean is(String name) {
    return keyword.equals(name);
  }

  /** The value of {@code --name=value}; the last if there are several. */
  Optional<String> flag(String name) {
    List<String> values = flags(name);
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
  }

  /** The values of each {@code --name=value}. */
  List<String> flags(String name) {
    String start = "--" + name + "=";
    return flags.stream()
        .filter(f -> f.startsWith(start))
        .map(f -> f.substring(start.length()))
        .toList();
  }

  Instruction withHeredocs(List<Heredoc> documents) {
    Optional<Instruction> child = trigger.map(t -> t.withHeredocs(documents));
    return new Instruction(keyword, flags, args, json, child, documents, line, text);
  }
}
