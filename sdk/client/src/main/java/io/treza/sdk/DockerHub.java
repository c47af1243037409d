package io.treza.sdk;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** What the platform passes on from Docker Hub. */
public final class DockerHub {
  private DockerHub() {}

  /** An image that was found; {@code stars} is how many people like it. */
  public record Image(
      String name,
      Optional<String> description,
      OptionalLong stars,
      boolean official,
      boolean automated,
      Optional<String> owner) {
    static Image read(Fields fields) {
      return new Image(
          fields.required("name"),
          fields.text("description"),
          fields.number("stars"),
          fields.flag("official"),
          fields.flag("automated"),
          fields.text("owner"));
    }
  }

  /** A tag of an image: its size in bytes and the digest it stands for at the moment. */
  public record Tag(
      String name, OptionalLong size, Optional<Instant> lastUpdated, Optional<String> digest) {
    static Tag read(Fields fields) {
      return new Tag(
          fields.required("name"),
          fields.number("size"),
          fields.instant("lastUpdated"),
          fields.text("digest"));
    }
  }
}
