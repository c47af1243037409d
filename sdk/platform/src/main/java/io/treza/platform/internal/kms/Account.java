package io.treza.platform.internal.kms;

import java.util.regex.Pattern;

/**
 * The account and region that simulated keys belong to.
 *
 * @param id 12 digits
 * @param region for example {@code eu-central-1}
 */
public record Account(String id, String region) {
  private static final Pattern ID = Pattern.compile("[0-9]{12}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]");

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if one is of another form
   */
  public Account {
    if (!ID.matcher(id).matches() || !REGION.matcher(region).matches()) {
      throw new IllegalArgumentException(
          "an account is 12 digits and a region such as eu-central-1, not " + id + " " + region);
    }
  }

  String root() {
    return "arn:aws:iam::" + id + ":root";
  }

  String principal(String name) {
    return name.equals("root") ? root() : "arn:aws:iam::" + id + ":role/" + name;
  }

  String keyArn(String keyId) {
    return "arn:aws:kms:" + region + ":" + id + ":key/" + keyId;
  }
}
