package io.treza.sdk.fleet;

import io.treza.attestation.Reason;
import java.util.Optional;

/** What became of one member. Only {@link Verified} says anything good of it. */
public sealed interface MemberVerdict {
  /** The member's name. */
  String member();

  /**
   * Its evidence was accepted, and no other member has shown the same enclave.
   *
   * @param member its name
   * @param release the accepted release that it runs; empty if any measurement was accepted
   * @param deprecated whether the release's publisher is about to replace it
   * @param moduleId the NSM that spoke for it
   * @param region where it runs
   * @param simulated whether the root is a development root, which proves nothing about hardware
   */
  record Verified(
      String member,
      Optional<String> release,
      boolean deprecated,
      String moduleId,
      String region,
      boolean simulated)
      implements MemberVerdict {}

  /**
   * Its evidence was refused.
   *
   * @param member its name
   * @param reason the rule that was broken
   * @param detail expected and found, in a line
   */
  record Refused(String member, Reason reason, String detail) implements MemberVerdict {}

  /**
   * Its evidence was accepted, but another member showed the same enclave: one enclave answers for
   * several members, and what runs in place of the others nobody knows.
   *
   * @param member its name
   * @param moduleId the NSM that spoke for both
   */
  record SharedEnclave(String member, String moduleId) implements MemberVerdict {}

  /**
   * There was no evidence to judge.
   *
   * @param member its name
   * @param detail what failed
   */
  record Unreachable(String member, String detail) implements MemberVerdict {}
}
