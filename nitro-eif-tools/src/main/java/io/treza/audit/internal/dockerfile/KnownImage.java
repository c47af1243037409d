package io.treza.audit.internal.dockerfile;

import io.treza.audit.Result;
import java.util.List;
import java.util.Optional;

/**
 * What is known of an image from its name alone.
 *
 * @param base what it is made of
 * @param buildTools compilers and the like in it, in words
 * @param packageManager of a language, which it has for the sake of builds
 * @param user that it runs as
 * @param entrypoint its ENTRYPOINT; empty arguments if it is known to have none
 */
record KnownImage(
    Base base,
    Optional<String> buildTools,
    Optional<String> packageManager,
    Optional<User> user,
    Optional<Entrypoint> entrypoint) {

  /** What an image is made of, and whether that is minimal. */
  enum Base {
    SCRATCH(Result.PASS, "the empty image"),
    DISTROLESS(Result.PASS, "distroless"),
    DISTROLESS_DEBUG(Result.WARN, "distroless with the shell of its debug variant"),
    CHAINGUARD(Result.PASS, "Wolfi"),
    CHAINGUARD_DEV(Result.WARN, "Wolfi with shell and package manager of its dev variant"),
    HARDENED(Result.PASS, "a Docker Hardened Image"),
    HARDENED_DEV(Result.WARN, "a Docker Hardened Image with shell and package manager"),
    CHISELED(Result.PASS, "chiseled Ubuntu"),
    ALPINE(Result.PASS, "Alpine"),
    BUSYBOX(Result.PASS, "busybox"),
    MICRO(Result.PASS, "an RPM system without package manager"),
    MINIMAL(Result.FAIL, "a minimal RPM system, with a shell and a package manager"),
    SLIM(
        Result.FAIL,
        "slim Debian or Ubuntu, with a shell, a package manager and some 100 packages"),
    FULL(Result.FAIL, "a full Linux distribution"),
    WINDOWS(Result.FAIL, "Windows"),
    UNKNOWN(Result.INCONCLUSIVE, "not known by its name");

    private final Result result;
    private final String title;

    Base(Result result, String title) {
      this.result = result;
      this.title = title;
    }

    Result result() {
      return result;
    }

    String title() {
      return title;
    }
  }

  /** A user, by name or number, and whether that is root. */
  record User(String name, boolean root) {}

  /**
   * An ENTRYPOINT.
   *
   * @param matters whether what it does is missed if it is left out
   */
  record Entrypoint(List<String> argv, boolean matters) {
    public Entrypoint {
      argv = List.copyOf(argv);
    }
  }
}
