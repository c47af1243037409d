package io.treza.image;

/** What to show a registry, or its token service; no part of it is ever in a message. */
public sealed interface RegistryCredential {
  /** A user's name and password, or an access token in the password's place. */
  record Password(String user, String password) implements RegistryCredential {
    @Override
    public String toString() {
      return "Password[" + user + "]";
    }
  }

  /** A refresh token, exchanged for short-lived ones ({@code identitytoken} of Docker). */
  record IdentityToken(String token) implements RegistryCredential {
    @Override
    public String toString() {
      return "IdentityToken";
    }
  }

  /** A bearer token that the registry takes as it is ({@code registrytoken} of Docker). */
  record BearerToken(String token) implements RegistryCredential {
    @Override
    public String toString() {
      return "BearerToken";
    }
  }
}
