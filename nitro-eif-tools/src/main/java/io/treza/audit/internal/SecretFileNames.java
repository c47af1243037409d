package io.treza.audit.internal;

import static io.treza.audit.internal.SecretPatterns.Certainty.PERHAPS;
import static io.treza.audit.internal.SecretPatterns.Certainty.SECRET;

import io.treza.audit.internal.SecretPatterns.Certainty;
import io.treza.audit.internal.SecretPatterns.SecretFile;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Names under which programs keep secrets in files. */
final class SecretFileNames {
  private record Rule(Pattern path, SecretFile file) {}

  private static final int NAMES = 3;
  private static final List<Rule> RULES = List.of(
      rule("id_(rsa|dsa|ecdsa|ed25519|xmss)(_sk)?", "an SSH private key", SECRET),
      rule("ssh_host_[a-z0-9]+_key", "an SSH host key", SECRET),
      rule("\\.env", "a file of environment variables", SECRET),
      rule(
          "\\.env\\.(?!(.*\\.)?(example|sample|template|tmpl|dist|defaults?|schema|test)$).+",
          "a file of environment variables",
          SECRET),
      rule("[._]netrc", "passwords for hosts", SECRET),
      rule("\\.pgpass", "database passwords", SECRET),
      rule("\\.git-credentials", "passwords for Git", SECRET),
      rule("\\.pypirc", "passwords for PyPI", SECRET),
      rule("\\.s3cfg|\\.boto", "keys for S3", SECRET),
      rule("\\.dockercfg|\\.docker/config\\.json", "passwords for registries", SECRET),
      rule("\\.aws/credentials", "AWS credentials", SECRET),
      rule("\\.kube/config|kubeconfig", "Kubernetes credentials", SECRET),
      rule("\\.azure/(accesstokens\\.json|msal_token_cache\\.json)", "Azure tokens", SECRET),
      rule(
          "application_default_credentials\\.json|service[-_]?account([-_]?key)?\\.json",
          "a Google service account's key",
          SECRET),
      rule("client_secrets?\\.json", "an OAuth client's secret", SECRET),
      rule(".+\\.(kdbx|kdb|p12|pfx|ppk)", "a store of keys or passwords", SECRET),
      rule("\\.?htpasswd", "password hashes", SECRET),
      rule("terraform\\.tfstate(\\.backup)?", "Terraform's state, which has secrets", SECRET),
      rule("secring\\.gpg|private-keys-v1\\.d/.+\\.key", "a PGP private key", SECRET),
      rule("\\.vault-token", "a Vault token", SECRET),
      rule("\\.npmrc|\\.yarnrc\\.yml", "npm's settings, which may have a token", PERHAPS),
      rule("\\.m2/settings\\.xml", "Maven's settings, which may have passwords", PERHAPS),
      rule("pip\\.conf|nuget\\.config", "an index's settings, which may have passwords", PERHAPS),
      rule("credentials\\.json", "credentials by its name", SECRET),
      rule("credentials(\\.(xml|ya?ml|ini))?", "credentials by its name", PERHAPS),
      rule("secrets?\\.txt", "a secret by its name", SECRET),
      rule("\\.(ssh|gnupg|aws|kube)/?", "a directory of keys", SECRET),
      rule("passwords?\\.txt", "passwords by its name", PERHAPS),
      rule("secrets?\\.(json|ya?ml|env|ini|toml|properties)", "secrets by its name", PERHAPS),
      rule(".+\\.(jks|keystore|bcfks)", "a key store", PERHAPS),
      rule(
          ".*(?<!pub|public)\\.key|.*(privkey|private[-_.]?key|server[-_.]key|[-_.]key)\\.pem",
          "a private key by its name",
          PERHAPS));

  /** Two names of 255 characters, and the slash between them. */
  private static final int LONGEST = 511;

  private SecretFileNames() {}

  private static Rule rule(String path, String what, Certainty certainty) {
    return new Rule(Pattern.compile("(?:.*/)?(?:" + path + ")"), new SecretFile(what, certainty));
  }

  static Optional<SecretFile> find(String path) {
    String lower = lastNames(path).toLowerCase(Locale.ROOT);
    // No file system has longer names.
    return lower.length() > LONGEST
        ? Optional.empty()
        : RULES.stream()
            .filter(r -> r.path.matcher(lower).matches())
            .map(Rule::file)
            .findFirst();
  }

  /** As much of a path as the rules look at, which is asked for every file of an image. */
  private static String lastNames(String path) {
    int start = path.length();
    for (int i = 0; i < NAMES && start >= 0; i++) {
      start = path.lastIndexOf('/', start - 1);
    }
    return path.substring(start + 1);
  }
}
