package io.treza.image;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an image in a registry, read as Docker reads it (distribution/reference): {@code
 * alpine} is {@code docker.io/library/alpine:latest}.
 *
 * @param registry host, or host and port; Docker Hub is {@code docker.io}
 * @param repository path in the registry, such as {@code library/alpine}
 * @param tag the tag, if one was given or neither tag nor digest was
 * @param digest the manifest's digest; if present it alone decides, as with Docker
 */
public record RegistryReference(
    String registry, String repository, Optional<String> tag, Optional<String> digest) {
  private static final String HUB = "docker.io";
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
  private static final Pattern REGISTRY =
      Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:]+])(?::[0-9]{1,5})?");
  private static final String PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern REPOSITORY = Pattern.compile(PART + "(?:/" + PART + ")*");
  private static final Pattern IMAGE_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHAPE = Pattern.compile("([^@]+?)(?::([^:/@]*))?(?:@(.*))?");
  private static final int LONGEST_NAME = 255;

  public RegistryReference {
    require(REGISTRY.matcher(registry).matches(), registry, "is no host and port of a registry");
    require(
        REPOSITORY.matcher(repository).matches(),
        repository,
        "is no repository: lower-case letters, digits and single separators between slashes");
    require(
        registry.length() + 1 + repository.length() <= LONGEST_NAME,
        repository,
        "is too long: a name has at most 255 characters");
    require(tag.isEmpty() || TAG.matcher(tag.get()).matches(), tag.orElse(""), "is no tag");
    require(
        digest.isEmpty() || DIGEST.matcher(digest.get()).matches(),
        digest.orElse(""),
        "is no sha256 or sha512 digest in lower-case hex");
    require(tag.isPresent() || digest.isPresent(), repository, "needs a tag or a digest");
  }

  private static void require(boolean holds, String value, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException("\"" + value + "\" " + otherwise);
    }
  }

  /**
   * Parses a name in short or full form.
   *
   * @throws IllegalArgumentException saying which part is wrong
   */
  public static RegistryReference parse(String text) {
    Matcher m = SHAPE.matcher(text);
    require(m.matches(), text, "is no image name");
    require(!IMAGE_ID.matcher(text).matches(), text, "is an image id, which no registry knows");
    String name = m.group(1);
    Optional<String> tag = Optional.ofNullable(m.group(2));
    Optional<String> digest = Optional.ofNullable(m.group(3));
    int slash = name.indexOf('/');
    boolean full = slash > 0 && isRegistry(name.substring(0, slash));
    String registry = full ? name.substring(0, slash) : HUB;
    String repository = full ? name.substring(slash + 1) : name;
    if (registry.equals("index.docker.io")) {
      registry = HUB;
    }
    if (registry.equals(HUB) && repository.indexOf('/') < 0) {
      repository = "library/" + repository;
    }
    if (tag.isEmpty() && digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    return new RegistryReference(registry, repository, tag, digest);
  }

  /** Docker's rule: what cannot be the first part of a repository on Docker Hub is a host. */
  private static boolean isRegistry(String first) {
    return first.contains(".")
        || first.contains(":")
        || first.equals("localhost")
        || !first.equals(first.toLowerCase(Locale.ROOT));
  }

  /** The full form. */
  @Override
  public String toString() {
    return registry
        + "/"
        + repository
        + tag.map(t -> ":" + t).orElse("")
        + digest.map(d -> "@" + d).orElse("");
  }
}
