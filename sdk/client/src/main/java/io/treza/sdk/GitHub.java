package io.treza.sdk;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** What the platform passes on from GitHub. */
public final class GitHub {
  private GitHub() {}

  /**
   * Where to send a person to let the platform read repositories.
   *
   * @param authUrl the page
   * @param state comes back with the code; compare it
   */
  public record Authorization(String authUrl, Optional<String> state) {
    static Authorization read(Fields fields) {
      return new Authorization(fields.required("authUrl"), fields.text("state"));
    }
  }

  /**
   * What a code was exchanged for.
   *
   * @param accessToken reads the repositories
   * @param user whose they are
   */
  public record Token(Secret accessToken, User user) {
    static Token read(Fields fields) {
      return new Token(
          new Secret(fields.required("access_token")), User.read(fields.object("user")));
    }
  }

  /** A GitHub account; {@code avatarUrl} is of a picture. */
  public record User(
      OptionalLong id, Optional<String> login, Optional<String> name, Optional<String> avatarUrl) {
    static User read(Fields fields) {
      return new User(
          fields.number("id"),
          fields.text("login"),
          fields.text("name"),
          fields.text("avatar_url"));
    }
  }

  /** A repository; {@code fullName} is {@code owner/name}. */
  public record Repository(
      OptionalLong id,
      String fullName,
      Optional<String> name,
      Optional<String> description,
      boolean isPrivate,
      Optional<String> defaultBranch,
      Optional<String> language,
      Optional<Instant> updatedAt,
      Optional<String> htmlUrl) {
    static Repository read(Fields fields) {
      return new Repository(
          fields.number("id"),
          fields.required("fullName"),
          fields.text("name"),
          fields.text("description"),
          fields.flag("private"),
          fields.text("defaultBranch"),
          fields.text("language"),
          fields.instant("updatedAt"),
          fields.text("htmlUrl"));
    }
  }

  /** A branch, and the commit it is at. */
  public record Branch(String name, Optional<String> commitSha) {
    static Branch read(Fields fields) {
      return new Branch(fields.required("name"), fields.object("commit").text("sha"));
    }
  }
}
