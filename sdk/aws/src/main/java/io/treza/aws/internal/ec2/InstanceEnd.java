package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.util.Map;

/**
 * An instance that ended, or stopped, while something was wanted of it: says EC2's reason (its
 * StateReason) and what to do about it.
 */
final class InstanceEnd extends IOException {
  private static final long serialVersionUID = 1;

  /** EC2 User Guide, "Troubleshoot Amazon EC2 instance launch issues", and API StateReason. */
  private static final Map<String, String> REMEDIES = Map.of(
      "Client.InstanceInitiatedShutdown",
      "something on the instance shut it down; launch again",
      "Client.InternalError",
      "as a rule its encrypted volume's KMS key, which is disabled, or which the caller may not use:"
          + " look at the account's default key for EBS",
      "Client.UserInitiatedShutdown",
      "somebody stopped or terminated it; CloudTrail says who",
      "Client.VolumeLimitExceeded",
      "the account has as much EBS storage as it may: delete volumes, or ask AWS for a higher quota",
      "Server.InsufficientInstanceCapacity",
      AwsCalls.NO_CAPACITY,
      "Server.InternalError",
      "AWS failed: try again");

  /**
   * For example of {@code i-1}, {@code terminated}.
   *
   * @param seen whose state it is
   */
  InstanceEnd(ParentInstance.Seen seen) {
    super("the instance " + seen.id() + " is " + seen.state() + ": " + reason(seen));
  }

  private static String reason(ParentInstance.Seen seen) {
    String said = (seen.reasonCode() + " " + seen.reason()).strip();
    String remedy = REMEDIES.getOrDefault(seen.reasonCode(), "");
    if (said.isEmpty()) {
      return "EC2 gives no reason; its console may as the state transition reason";
    }
    return remedy.isEmpty() ? said : said + " (" + remedy + ")";
  }
}
