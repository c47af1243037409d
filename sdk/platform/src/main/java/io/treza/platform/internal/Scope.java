package io.treza.platform.internal;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What an API key may do; the words are those of the wire. */
enum Scope {
  ENCLAVES_READ("enclaves:read"),
  ENCLAVES_WRITE("enclaves:write"),
  TASKS_READ("tasks:read"),
  TASKS_WRITE("tasks:write"),
  LOGS_READ("logs:read"),
  /**
   * To list, make, change and delete keys of the same wallet. Only the operator makes such keys, so
   * that the right to make keys does not spread; the wire's permissions do not have this one.
   */
  KEYS_PROVISION("keys:provision");

  private final String word;

  Scope(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  /** Whether a key can be given it by a request. */
  boolean grantable() {
    return this != KEYS_PROVISION;
  }

  static Optional<Scope> of(String word) {
    return EnumSet.allOf(Scope.class).stream()
        .filter(scope -> scope.word.equals(word))
        .findFirst();
  }

  static Set<Scope> all() {
    return EnumSet.allOf(Scope.class);
  }
}
