package io.treza.sigstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Who must have signed a bundle. Texts are compared whole and as they stand; a pattern must match
 * the whole of what it is for.
 */
public final class SignerIdentity {
  private final List<Demand> demands;

  private SignerIdentity(List<Demand> demands) {
    this.demands = List.copyOf(demands);
  }

  /** One thing that must be so. */
  private record Demand(
      String what,
      Function<BundleSigner.Certificate, Optional<String>> of,
      Pattern pattern,
      String said) {
    Optional<String> complaint(BundleSigner.Certificate signer) {
      Optional<String> found = of.apply(signer);
      return found.filter(f -> pattern.matcher(f).matches()).isPresent()
          ? Optional.empty()
          : Optional.of(what + " is " + found.map(f -> "\"" + f + "\"").orElse("not stated")
              + ", not " + said);
    }
  }

  /** What the signer is not, if he is not the one. */
  Optional<String> complaint(BundleSigner.Certificate signer) {
    return demands.stream().flatMap(d -> d.complaint(signer).stream()).findFirst();
  }

  /**
   * A signer of this name.
   *
   * @param issuer of the token he identifies himself with, such as {@code
   *     https://token.actions.githubusercontent.com}
   * @param subject the workflow's URI with its ref, or an e-mail address
   */
  public static SignerIdentity of(String issuer, String subject) {
    return issuer(issuer).subject(subject).build();
  }

  /** A workflow of this issuer; more is to be said about it. */
  public static Builder issuer(String issuer) {
    return new Builder(issuer);
  }

  /**
   * A GitHub Actions workflow of one repository, at any branch or tag unless more is said.
   *
   * <p>Not in a pull request: what it proposes has not been taken in by anybody. One that is meant
   * is named whole, by {@link #of}.
   *
   * @param repository {@code owner/name}
   * @param workflow its file, such as {@code .github/workflows/release.yml}
   */
  public static Builder gitHubWorkflow(String repository, String workflow) {
    String uri = "https://github.com/" + repository;
    return issuer("https://token.actions.githubusercontent.com")
        .repository(uri)
        .subjectMatching(Pattern.quote(uri + "/" + workflow + "@") + "refs/(heads|tags)/.+");
  }

  /** States who the signer is. */
  public static final class Builder {
    private final List<Demand> demands = new ArrayList<>();
    private boolean subject;

    private Builder(String issuer) {
      exactly("the issuer", s -> Optional.of(s.issuer()), issuer);
    }

    private Builder exactly(
        String what, Function<BundleSigner.Certificate, Optional<String>> of, String value) {
      if (value.isBlank()) {
        throw new IllegalArgumentException(what + " is blank; state it");
      }
      demands.add(new Demand(
          what, of, Pattern.compile(Pattern.quote(value), Pattern.DOTALL), "\"" + value + "\""));
      return this;
    }

    private Builder matching(
        String what, Function<BundleSigner.Certificate, Optional<String>> of, String pattern) {
      demands.add(new Demand(what, of, Pattern.compile(pattern), "a whole match of " + pattern));
      return this;
    }

    /** The certificate's alternative name. */
    public Builder subject(String subject) {
      this.subject = true;
      return exactly("the subject", s -> Optional.of(s.subject()), subject);
    }

    /** A pattern for the whole of the certificate's alternative name. */
    public Builder subjectMatching(String pattern) {
      this.subject = true;
      return matching("the subject", s -> Optional.of(s.subject()), pattern);
    }

    /** URI of the source repository. */
    public Builder repository(String uri) {
      return exactly("the repository", BundleSigner.Certificate::repository, uri);
    }

    /** Id of the source repository, which survives that another takes its name. */
    public Builder repositoryId(String id) {
      return exactly("the repository id", BundleSigner.Certificate::repositoryId, id);
    }

    /** The branch or tag, such as {@code refs/heads/main}. */
    public Builder ref(String ref) {
      return exactly("the ref", BundleSigner.Certificate::ref, ref);
    }

    /** A pattern for the whole branch or tag, such as {@code refs/tags/v[0-9.]+}. */
    public Builder refMatching(String pattern) {
      return matching("the ref", BundleSigner.Certificate::ref, pattern);
    }

    /** Only on machines of the CI provider's own. */
    public Builder hostedRunner() {
      return exactly("the runner", BundleSigner.Certificate::runner, "github-hosted");
    }

    /**
     * The identity.
     *
     * @throws IllegalStateException if nothing was said about the subject: an issuer has millions
     */
    public SignerIdentity build() {
      if (!subject) {
        throw new IllegalStateException("an issuer alone is no identity; call subject");
      }
      return new SignerIdentity(demands);
    }
  }
}
