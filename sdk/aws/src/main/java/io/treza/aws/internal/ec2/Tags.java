package io.treza.aws.internal.ec2;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * What is written on everything that is made, and by which it is found again. Nothing is believed of
 * an enclave because a tag says so: whoever may write tags may write these.
 */
final class Tags {
  static final String DEPLOYMENT = "treza:deployment";
  static final String ENCLAVE = "treza:enclave";
  /** How far the launch has come; see {@link State}. */
  static final String STATE = "treza:state";

  /** What an instance's enclave is meant to be; written before it is made so. */
  enum State {
    LAUNCHING,
    RUNNING,
    PAUSED
  }

  private Tags() {}

  /** Those of everything. */
  static SortedMap<String, String> of(Settings settings, String enclaveId) {
    SortedMap<String, String> tags = new TreeMap<>();
    tags.put(DEPLOYMENT, settings.deployment());
    tags.put(ENCLAVE, enclaveId);
    return tags;
  }

  /** The same in a service's own type. */
  static <T> List<T> as(SortedMap<String, String> tags, BiFunction<String, String, T> type) {
    return tags.entrySet().stream()
        .map(tag -> type.apply(tag.getKey(), tag.getValue()))
        .toList();
  }
}
