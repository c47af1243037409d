package io.treza.aws.internal;

import software.amazon.awssdk.core.exception.SdkException;

/** Says why a call got no answer from AWS, and what to do about it. */
public final class Unanswered {
  private Unanswered() {}

  /** For what the SDK throws when no service has spoken. */
  public static String explain(SdkException failure) {
    String text = String.valueOf(failure.getMessage());
    return text.contains("Unable to load credentials")
        ? "there are no AWS credentials: sign in, for example with aws sso login, set AWS_PROFILE,"
            + " or run where a role gives them"
        : text + "; check the region's name and that this machine reaches AWS";
  }
}
