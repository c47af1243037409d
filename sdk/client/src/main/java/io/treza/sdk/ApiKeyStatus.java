package io.treza.sdk;

/**
 * Whether an API key is to be accepted. An open set.
 *
 * @param value as on the wire
 */
public record ApiKeyStatus(String value) {
  /** Accepted. */
  public static final ApiKeyStatus ACTIVE = new ApiKeyStatus("active");

  /** Refused. */
  public static final ApiKeyStatus INACTIVE = new ApiKeyStatus("inactive");

  @Override
  public String toString() {
    return value;
  }
}
