package io.treza.audit.internal.image;

import io.treza.audit.Location;
import io.treza.image.FilePath;
import io.treza.image.internal.TarMember;
import java.util.Optional;

/**
 * A name in an image, and what is known of the file it stands for.
 *
 * @param path from the root, without a leading slash; empty for the root itself
 * @param member what the layer's archive says of the file; the same instance for every name of one
 *     file, with the name it had first
 * @param facts what was kept of it
 */
public record SurveyedFile(FilePath path, TarMember member, FileFacts facts) {
  public boolean regular() {
    return member.type() == TarMember.REGULAR;
  }

  public boolean directory() {
    return member.type() == TarMember.DIRECTORY;
  }

  public boolean symbolicLink() {
    return member.type() == TarMember.SYMBOLIC_LINK;
  }

  /** The low twelve bits of the mode. */
  public int permissions() {
    return member.header().mode();
  }

  /** A regular file that somebody may run. */
  public boolean program() {
    return regular() && (permissions() & 0111) != 0;
  }

  /** Whether it is the same file under the same or another name. */
  @SuppressWarnings("ReferenceEquality") // one instance is one file
  public boolean isSame(SurveyedFile other) {
    return member == other.member;
  }

  /** Where it is, for a finding. */
  public Location location() {
    String layer = facts.layer();
    return new Location.ImageFile(
        path.toString(), layer.isEmpty() ? Optional.empty() : Optional.of(layer));
  }
}
