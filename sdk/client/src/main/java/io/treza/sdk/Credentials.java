package io.treza.sdk;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * As whom the platform is asked. They go to the client's base URL and nowhere else: no redirect is
 * followed, and a bearer token only leaves this machine over https.
 *
 * @param walletAddress for whom to act: the {@code x-treza-wallet} header, and the {@code wallet}
 *     parameter where a route wants one
 * @param bearerToken an API key ({@code treza_live_…}) or access token, for the {@code
 *     Authorization} header
 */
public record Credentials(Optional<String> walletAddress, Optional<Secret> bearerToken) {
  private static final Pattern VISIBLE_ASCII = Pattern.compile("[!-~]+");

  /**
   * Both parts as given.
   *
   * @throws IllegalArgumentException if one is not visible ASCII, for it could not be sent
   */
  public Credentials {
    walletAddress.ifPresent(address -> visible("the wallet address", address));
    bearerToken.ifPresent(token -> visible("the API key", token.value()));
  }

  /** A wallet and no key: enough where the server asks for no proof. */
  public static Credentials wallet(String address) {
    return new Credentials(Optional.of(address), Optional.empty());
  }

  /** A key that says by itself for whom it acts. */
  public static Credentials apiKey(String key) {
    return new Credentials(Optional.empty(), Optional.of(new Secret(key)));
  }

  /** A key and the wallet it acts for. */
  public static Credentials apiKey(String key, String walletAddress) {
    return new Credentials(Optional.of(walletAddress), Optional.of(new Secret(key)));
  }

  private static void visible(String what, String value) {
    if (!VISIBLE_ASCII.matcher(value).matches()) {
      throw new IllegalArgumentException(what + " must be visible ASCII characters, at least one");
    }
  }
}
