package io.treza.sdk.fleet;

import io.treza.sdk.fleet.MemberVerdict.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who runs what.
 *
 * @param verdicts one for each member, in the order they were given
 */
public record FleetReport(List<MemberVerdict> verdicts) {
  /** Copies the list. */
  public FleetReport {
    verdicts = List.copyOf(verdicts);
  }

  /** Whether every member verified. */
  public boolean allVerified() {
    return notVerified().isEmpty();
  }

  /**
   * The members that verified, by the name of their release; those of which any measurement was
   * accepted under the empty name.
   */
  public SortedMap<String, List<String>> byRelease() {
    SortedMap<String, List<String>> releases = new TreeMap<>();
    for (MemberVerdict verdict : verdicts) {
      if (verdict instanceof Verified verified) {
        releases
            .computeIfAbsent(verified.release().orElse(""), release -> new ArrayList<>())
            .add(verified.member());
      }
    }
    return releases;
  }

  /** The other members, and why. */
  public List<MemberVerdict> notVerified() {
    return verdicts.stream().filter(verdict -> !(verdict instanceof Verified)).toList();
  }
}
