package io.treza.aws.kms;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Credentials of AWS that the parent instance lends its enclave, from its instance role.
 *
 * <p>They authorize a call and prove nothing: the parent holds them too, and may give others. That is
 * why a key's policy asks for evidence beside them. No method shows the secrets but those of their
 * names.
 */
public final class ParentCredentials {
  private static final Pattern ACCESS_KEY = Pattern.compile("[\\w+=,.@-]{1,128}");

  private final String accessKeyId;
  private final String secretAccessKey;
  private final Optional<String> sessionToken;

  private ParentCredentials(
      String accessKeyId, String secretAccessKey, Optional<String> sessionToken) {
    if (!ACCESS_KEY.matcher(accessKeyId).matches() || secretAccessKey.isBlank()) {
      throw new IllegalArgumentException(
          "credentials are an access key's id, such as ASIA and 16 characters, and its secret");
    }
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
    this.sessionToken = sessionToken;
  }

  /**
   * Those of an instance's role, as its metadata service gives them; they expire within hours.
   *
   * @throws IllegalArgumentException if one is empty or the id is of another form
   */
  public static ParentCredentials temporary(
      String accessKeyId, String secretAccessKey, String sessionToken) {
    if (sessionToken.isBlank()) {
      throw new IllegalArgumentException("temporary credentials have a session token");
    }
    return new ParentCredentials(accessKeyId, secretAccessKey, Optional.of(sessionToken));
  }

  /**
   * Those of a user, without an end.
   *
   * @throws IllegalArgumentException if one is empty or the id is of another form
   */
  public static ParentCredentials longTerm(String accessKeyId, String secretAccessKey) {
    return new ParentCredentials(accessKeyId, secretAccessKey, Optional.empty());
  }

  /** The id of the access key; no secret. */
  public String accessKeyId() {
    return accessKeyId;
  }

  /** The secret of the access key. */
  public String secretAccessKey() {
    return secretAccessKey;
  }

  /** The session's token, of temporary credentials. */
  public Optional<String> sessionToken() {
    return sessionToken;
  }

  /** The id only. */
  @Override
  public String toString() {
    return "ParentCredentials[" + accessKeyId + "]";
  }
}
