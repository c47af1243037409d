package io.treza.audit.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a secret looks like: by the name of the variable or file that holds it, and by its own form.
 *
 * <p>The rules are data, so that whoever scans bytes can search for {@link ContentRule#anchors()}
 * first and match only around them.
 */
public final class SecretPatterns {
  /** How sure it is that something is a secret. */
  public enum Certainty {
    /** It holds a secret. */
    SECRET,
    /** It may hold one, or something harmless of the same look. */
    PERHAPS
  }

  /**
   * A form that only secrets have.
   *
   * @param id stable, lower case with dashes
   * @param what in words, with an article
   * @param anchors each match has one of these in it, exactly; all are ASCII
   * @param before most characters of a match before the anchor
   * @param length most characters of a match that need to be seen to recognise it
   */
  public record ContentRule(
      String id, String what, List<String> anchors, int before, int length, Pattern pattern) {
    public ContentRule {
      anchors = List.copyOf(anchors);
    }
  }

  /** A match of {@code rule} from {@code start} to {@code end}, exclusive, in the text given. */
  public record Hit(ContentRule rule, int start, int end) {}

  /** A file that is known by its name to hold secrets. */
  public record SecretFile(String what, Certainty certainty) {}

  private static final List<ContentRule> CONTENT = List.of(
      rule(
          "private-key",
          "a private key",
          60,
          300,
          "-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
              + "(?:\\s|\\\\[nr]|[A-Z][A-Za-z-]{2,20}: [^\\r\\n]{1,100}){1,8}[A-Za-z0-9+/=]{20}",
          "PRIVATE KEY"),
      rule(
          "aws-access-key",
          "the id of an AWS access key",
          0,
          20,
          "(?<![A-Za-z0-9+/])(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9+/])",
          "AKIA",
          "ASIA"),
      rule(
          "aws-secret-key",
          "an AWS secret access key",
          0,
          90,
          "(?i:aws_?secret_?access_?key|secretAccessKey)[\"']?\\s{0,4}[=:\\s]\\s{0,4}[\"']?"
              + "(?![A-Za-z0-9/+]{30}EXAMPLEKEY)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
          "aws_secret_access_key",
          "AWS_SECRET_ACCESS_KEY",
          "secretAccessKey",
          "SecretAccessKey"),
      rule(
          "github-token",
          "a GitHub token",
          0,
          100,
          "(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{50})",
          "ghp_",
          "gho_",
          "ghs_",
          "ghu_",
          "ghr_",
          "github_pat_"),
      rule(
          "gitlab-token",
          "a GitLab token",
          0,
          40,
          "(?<![A-Za-z0-9])gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20}",
          "glpat-",
          "gldt-",
          "glrt-",
          "glptt-",
          "glcbt-"),
      rule(
          "slack-token",
          "a Slack token",
          0,
          60,
          "(?<![A-Za-z0-9])(?:xox[abeoprs]-[0-9]{6,}-[A-Za-z0-9-]{10,40}|xapp-[0-9]-[A-Z0-9]{8,14}-"
              + "[0-9]{8,16}-[a-z0-9]{16})",
          "xoxa-",
          "xoxb-",
          "xoxe-",
          "xoxo-",
          "xoxp-",
          "xoxr-",
          "xoxs-",
          "xapp-"),
      rule(
          "google-api-key",
          "a Google API key",
          0,
          39,
          "(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
          "AIza"),
      rule(
          "stripe-key",
          "a live Stripe key",
          0,
          40,
          "(?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{16}",
          "sk_live_",
          "rk_live_"),
      rule(
          "json-web-token",
          "a JSON Web Token",
          0,
          2000,
          "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{15,900}\\.eyJ[A-Za-z0-9_-]{10,900}\\."
              + "[A-Za-z0-9_-]{20}",
          "eyJ"),
      rule(
          "npm-token",
          "an npm token",
          0,
          70,
          "(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"
              + "|_authToken\\s{0,4}=\\s{0,4}[\"']?[A-Za-z0-9+/_-]{16}",
          "npm_",
          "_authToken"),
      rule(
          "pypi-token",
          "a PyPI token",
          0,
          60,
          "pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{30}",
          "pypi-AgEI"),
      rule(
          "docker-token",
          "a Docker Hub token",
          0,
          40,
          "(?<![A-Za-z0-9])dckr_[po]at_[A-Za-z0-9_-]{27}",
          "dckr_pat_",
          "dckr_oat_"),
      rule(
          "sendgrid-key",
          "a SendGrid key",
          0,
          70,
          "(?<![A-Za-z0-9_.-])SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
          "SG."),
      rule(
          "model-api-key",
          "a key of an AI provider",
          0,
          60,
          "(?<![A-Za-z0-9])sk-(?:ant-[a-z]{2,5}[0-9]{2}-|proj-|svcacct-)[A-Za-z0-9_-]{30}",
          "sk-ant-",
          "sk-proj-",
          "sk-svcacct-"),
      rule(
          "digitalocean-token",
          "a DigitalOcean token",
          0,
          71,
          "(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}",
          "dop_v1_",
          "doo_v1_",
          "dor_v1_"),
      rule(
          "vault-token",
          "a HashiCorp Vault token",
          0,
          60,
          "(?<![A-Za-z0-9])hv[sb]\\.[A-Za-z0-9_-]{24}",
          "hvs.",
          "hvb."),
      rule(
          "azure-account-key",
          "a key of an Azure storage account",
          0,
          110,
          "AccountKey=[A-Za-z0-9+/]{86}==",
          "AccountKey="));

  /** A URL with a password in it; in files it is mostly documentation, so it is apart. */
  private static final ContentRule URL_PASSWORD = rule(
      "url-password",
      "a URL with a password",
      20,
      200,
      "\\b[a-zA-Z][a-zA-Z0-9+.-]{1,18}://[^\\s/:@\"'<>$]{0,60}:(?![$<{*%])[^\\s/:@\"'<>]{3,80}@"
          + "(?![\\s\"'])",
      "://");

  private SecretPatterns() {}

  private static ContentRule rule(
      String id, String what, int before, int length, String pattern, String... anchors) {
    return new ContentRule(id, what, List.of(anchors), before, length, Pattern.compile(pattern));
  }

  /** Forms to look for in any content. */
  public static List<ContentRule> contentRules() {
    return CONTENT;
  }

  /** Secrets in a short text, such as an instruction or a variable, in order of their place. */
  public static List<Hit> find(String text) {
    List<Hit> hits = new ArrayList<>();
    CONTENT.forEach(rule -> find(rule, text, hits));
    find(URL_PASSWORD, text, hits);
    hits.sort(Comparator.comparingInt(Hit::start));
    return hits;
  }

  private static void find(ContentRule rule, String text, List<Hit> hits) {
    if (rule.anchors.stream().anyMatch(text::contains)) {
      Matcher m = rule.pattern.matcher(text);
      while (m.find()) {
        hits.add(new Hit(rule, m.start(), m.end()));
      }
    }
  }

  /**
   * Whether a variable holds a secret: by its name, and by its value not being empty, a reference
   * or a switch. A placeholder, and a weak name with a value that looks random, only may.
   */
  public static Optional<Certainty> variable(String name, String value) {
    return SecretNames.variable(name, value);
  }

  /** Whether a variable of this name is there to hold a secret. */
  public static Optional<Certainty> name(String name) {
    return SecretNames.name(name);
  }

  /**
   * Whether a file is known by its name to hold secrets.
   *
   * @param path with or without directories before it, separated by slashes
   */
  public static Optional<SecretFile> file(String path) {
    return SecretFileNames.find(path);
  }

  /** What may be shown of a secret: at most four characters, and how many there are. */
  public static String mask(String secret) {
    int shown = Math.min(4, secret.length() / 4);
    String start = secret.substring(0, shown).replaceAll("[^ -~]", "?");
    return start + "... (" + secret.length() + " characters)";
  }
}
