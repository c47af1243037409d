package io.treza.audit.internal;

import io.treza.audit.internal.SecretPatterns.Certainty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names under which variables hold secrets, and values that are none. */
final class SecretNames {
  // Words of a variable's name. What a strong word names is a secret whatever it looks like; what
  // a weak one names has to look like one too.
  private static final Set<String> STRONG = Set.of(
      "password",
      "passwd",
      "passwort",
      "pword",
      "passphrase",
      "pass",
      "pwd",
      "secret",
      "secrets",
      "token",
      "apikey",
      "apitoken",
      "authtoken",
      "accesstoken",
      "credential",
      "credentials",
      "privatekey",
      "secretkey",
      "accesskey",
      "clientsecret",
      "pat");
  private static final Set<String> STRONG_BEFORE_KEY = Set.of(
      "api",
      "access",
      "private",
      "secret",
      "master",
      "signing",
      "signature",
      "encryption",
      "encrypt",
      "decryption",
      "auth",
      "account",
      "storage",
      "jwt",
      "session",
      "app",
      "admin",
      "service",
      "hmac",
      "aes",
      "crypto",
      "shared");
  private static final Set<String> WEAK = Set.of("key", "keys", "auth", "salt", "dsn");
  // With one of these anywhere, a name is of something public, or of a switch.
  private static final Set<String> HARMLESS = Set.of(
      "public",
      "pub",
      "gpg",
      "pgp",
      "gpgkey",
      "gpgkeys",
      "dummy",
      "allow",
      "max",
      "min",
      "primary",
      "foreign",
      "partition",
      "sort");
  // A name with one of these after the word for the secret is about one, and does not hold it.
  private static final Set<String> ABOUT = Set.of(
      "file",
      "files",
      "filename",
      "path",
      "dir",
      "directory",
      "folder",
      "mount",
      "version",
      "name",
      "names",
      "id",
      "ids",
      "url",
      "uri",
      "endpoint",
      "host",
      "port",
      "issuer",
      "audience",
      "ttl",
      "age",
      "days",
      "expiry",
      "expire",
      "expires",
      "expiration",
      "lifetime",
      "timeout",
      "duration",
      "interval",
      "length",
      "len",
      "size",
      "limit",
      "count",
      "type",
      "kind",
      "algorithm",
      "alg",
      "format",
      "encoding",
      "enable",
      "enabled",
      "disable",
      "disabled",
      "required",
      "sock",
      "socket",
      "mode",
      "method",
      "policy",
      "provider",
      "strategy",
      "header",
      "prefix",
      "suffix",
      "field",
      "column",
      "fingerprint",
      "fingerprints",
      "checksum",
      "digest",
      "md5",
      "sha1",
      "sha256",
      "sha512",
      "ring",
      "server",
      "usage",
      "rotation",
      "cache",
      "store",
      "manager",
      "stdin",
      "arn");
  private static final Pattern WORD =
      Pattern.compile("[A-Z]+[0-9]*(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+");
  private static final Pattern KNOWN_NAME =
      Pattern.compile("(?:.*_)?(?:PGPASSWORD|MYSQL_PWD|AWS_ACCESS_KEY_ID|RABBITMQ_ERLANG_COOKIE)");
  private static final Pattern GLUED = Pattern.compile(".+(?:password|passwd|passphrase|apikey)");

  // Not a value of its own: a reference, a switch, a number, or a place where the value is.
  private static final Pattern NO_SECRET_VALUE = Pattern.compile(
      "(?i)\\s*|\\$.*|\\{\\{.*|<.*>|%.*%|true|false|yes|no|on|off|none|null|nil|undefined|[0-9]{1,3}"
          + "|https?://[^@]*|(?:file://)?/(?:app|certs?|config|data|etc|home|mnt|opt|root|run|secrets?|srv"
          + "|tmp|usr|var|vault)/.*");
  // To be filled in. A password that is only called fake or an example is the one that opens.
  private static final Pattern PLACEHOLDER =
      Pattern.compile("(?i)x{3,}|\\*{3,}|\\.{3}|(?:replace|insert|put|enter|set|add)[-_ ]?.*"
          + "|(?:.*[-_ ])?(?:your|dummy|placeholder|todo|tbd|build[-_ ]?time)(?:[-_ ].*)?"
          + "|not[-_ ]?(?:set|used|needed|a[-_ ]secret).*|unset|unused");
  private static final Pattern RANDOM_LOOK =
      Pattern.compile("(?=.*[0-9])(?=.*[A-Za-z])(?:base64:)?[A-Za-z0-9+/=_.~-]{16,}");

  private SecretNames() {}

  /**
   * Whether a variable holds a secret: by its name, and by its value not being empty, a reference
   * or a switch. A placeholder, and a weak name with a value that looks random, only may.
   */
  static Optional<Certainty> variable(String name, String value) {
    if (NO_SECRET_VALUE.matcher(value).matches()) {
      return Optional.empty();
    }
    return name(name).flatMap(certainty -> {
      if (certainty == Certainty.SECRET) {
        return Optional.of(
            PLACEHOLDER.matcher(value).matches() ? Certainty.PERHAPS : Certainty.SECRET);
      }
      return RANDOM_LOOK.matcher(value).matches() ? Optional.of(certainty) : Optional.empty();
    });
  }

  /** Whether a variable of this name is there to hold a secret. */
  static Optional<Certainty> name(String name) {
    if (KNOWN_NAME.matcher(name).matches()) {
      return Optional.of(Certainty.SECRET);
    }
    List<String> words = new ArrayList<>();
    Matcher m = WORD.matcher(name);
    while (m.find()) {
      words.add(m.group().toLowerCase(Locale.ROOT));
    }
    Optional<Certainty> found = Optional.empty();
    boolean about = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (HARMLESS.contains(word)) {
        return Optional.empty();
      }
      boolean alone = words.size() == 1 && (word.equals("pwd") || word.equals("pass"));
      boolean strong = STRONG.contains(word) || GLUED.matcher(word).matches();
      boolean key = word.equals("key") && i > 0 && STRONG_BEFORE_KEY.contains(words.get(i - 1));
      if (key || (strong && !alone)) {
        found = Optional.of(Certainty.SECRET);
        about = false;
      } else if (found.isEmpty() && WEAK.contains(word)) {
        found = Optional.of(Certainty.PERHAPS);
      } else {
        about |= found.isPresent() && ABOUT.contains(word);
      }
    }
    return about ? Optional.empty() : found;
  }
}
