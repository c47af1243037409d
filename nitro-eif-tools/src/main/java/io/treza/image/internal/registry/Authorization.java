package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryCredential.BearerToken;
import io.treza.image.RegistryCredential.IdentityToken;
import io.treza.image.RegistryCredential.Password;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Json;
import io.treza.image.internal.http.PlainHttp;
import io.treza.image.internal.http.Transport;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.Challenge;
import okhttp3.Credentials;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Authorization} header for one repository, as the registry challenges for it: basic
 * (RFC 7617), or a token from the service it names (Distribution, "Token Authentication").
 */
final class Authorization {
  private static final int MAX_ANSWER = 1 << 20;
  // RFC 6750's b64token and what is met besides; no control characters, which would break a header.
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,65536}");

  private final Transport transport;
  private final PlainHttp plain;
  private final RegistryReference reference;
  private final Use use;
  private final Lookup lookup;

  /** Prepares to answer challenges of the registry of {@code reference}. */
  Authorization(
      Transport transport, PlainHttp plain, RegistryReference reference, Use use, Lookup lookup) {
    this.transport = transport;
    this.plain = plain;
    this.reference = reference;
    this.use = use;
    this.lookup = lookup;
  }

  /** What finds the credential; asked only when there is a challenge. */
  interface Lookup {
    Optional<RegistryCredential> find() throws IOException;
  }

  /** The header's value that a challenge asks for, if there is a credential or none is needed. */
  Optional<String> answer(List<Challenge> challenges) throws IOException {
    Optional<RegistryCredential> credential = lookup.find();
    for (Challenge challenge : challenges) {
      if (challenge.scheme().toLowerCase(Locale.ROOT).equals("bearer")) {
        return Optional.of("Bearer " + bearer(challenge, credential.orElse(null)));
      }
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().toLowerCase(Locale.ROOT).equals("basic")
          && credential.orElse(null) instanceof Password password) {
        return Optional.of(basic(password));
      }
    }
    return Optional.empty();
  }

  private static String basic(Password password) {
    return Credentials.basic(password.user(), password.password(), UTF_8);
  }

  private String bearer(Challenge challenge, @Nullable RegistryCredential credential)
      throws IOException {
    if (credential instanceof BearerToken ready) {
      return checked(ready.token(), "the Docker configuration");
    }
    HttpUrl realm = realm(challenge);
    String service = Optional.ofNullable(challenge.authParams().get("service")).orElse("");
    List<String> scopes = use.scopes(reference.repository());
    String what = "token service " + realm.host() + " for " + reference.registry();
    if (credential instanceof IdentityToken refresh) {
      Request post = new Request.Builder()
          .url(realm)
          .post(new FormBody.Builder(UTF_8)
              .add("grant_type", "refresh_token")
              .add("refresh_token", refresh.token())
              .add("client_id", "treza")
              .add("service", service)
              .add("scope", String.join(" ", scopes))
              .build())
          .build();
      return transport.once(post, what, response -> token(response, what));
    }
    HttpUrl.Builder url = realm.newBuilder();
    scopes.forEach(scope -> url.addQueryParameter("scope", scope));
    if (!service.isEmpty()) {
      url.addQueryParameter("service", service);
    }
    Request.Builder get = new Request.Builder().url(url.build());
    if (credential instanceof Password password) {
      get.header("Authorization", basic(password));
    }
    return transport.read(get.build(), what, response -> token(response, what));
  }

  private HttpUrl realm(Challenge challenge) throws ImageException {
    String text = Optional.ofNullable(challenge.authParams().get("realm")).orElse("");
    HttpUrl realm = HttpUrl.parse(text);
    if (realm == null || !realm.username().isEmpty() || !realm.password().isEmpty()) {
      throw new ImageException(
          reference.registry() + ": its challenge names no usable token service");
    }
    if (!realm.isHttps() && !plain.allows(realm.host() + ":" + realm.port())) {
      throw new ImageException(reference.registry()
          + ": its token service "
          + realm.host()
          + " is not reached by TLS; nothing was sent there");
    }
    return realm;
  }

  private static String token(Response response, String what) throws IOException {
    if (response.code() != 200) {
      throw new ImageException(what
          + ": HTTP status "
          + response.code()
          + (response.code() == 401 ? ", the credential is refused; log in again" : ""));
    }
    BufferedSource body = response.body().source();
    if (body.request(MAX_ANSWER + 1L)) {
      throw new ImageException(what + ": an answer of over 1 MiB");
    }
    Json json = DockerConfig.parse(body.readByteArray(), what);
    // Some services say one, some the other, some both.
    String token = json.get("token").stringOr("");
    return checked(token.isEmpty() ? json.get("access_token").stringOr("") : token, what);
  }

  private static String checked(String token, String origin) throws ImageException {
    if (!TOKEN.matcher(token).matches()) {
      throw new ImageException(origin + ": no token that fits in a header");
    }
    return token;
  }
}
