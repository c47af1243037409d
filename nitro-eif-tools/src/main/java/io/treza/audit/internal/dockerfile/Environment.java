package io.treza.audit.internal.dockerfile;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The variables of a stage: its own, and behind them those of the stage it starts from. */
final class Environment implements Variables {
  private final Optional<Environment> parent;
  private final Map<String, String> own = new HashMap<>();

  Environment(Optional<Environment> parent) {
    this.parent = parent;
  }

  void put(String name, String value) {
    own.put(name, value);
  }

  @Override
  public Optional<String> get(String name) {
    Optional<Environment> at = Optional.of(this);
    while (at.isPresent()) {
      Environment environment = at.get();
      String value = environment.own.get(name);
      if (value != null) {
        return Optional.of(value);
      }
      at = environment.parent;
    }
    return Optional.empty();
  }
}
