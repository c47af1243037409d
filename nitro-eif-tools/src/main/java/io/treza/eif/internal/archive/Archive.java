package io.treza.eif.internal.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.EifException;
import io.treza.eif.internal.Limited;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The members of an RPM package, a zip archive, or a tar archive as it is or compressed.
 *
 * <p>A member whose name could leave a directory, and a name that is there twice, refuse the whole
 * archive; so do more bytes or members than a limit.
 */
public final class Archive {
  private final Path file;
  private final String origin;
  private final ImageLimits limits;

  /**
   * An archive in a file.
   *
   * @param origin what to call it in messages
   * @param limits on its bytes, uncompressed, its members and their names
   */
  public Archive(Path file, String origin, ImageLimits limits) {
    this.file = file;
    this.origin = origin;
    this.limits = limits;
  }

  /**
   * A member.
   *
   * @param name relative, with slashes, without {@code .} or {@code ..}
   * @param regular whether it is a plain file rather than a directory, a link or a device
   */
  public record Member(String name, boolean regular) {}

  /** What takes the members in their order. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes a member; {@code content} ends with it and need not be read. */
    void visit(Member member, InputStream content) throws IOException;
  }

  /**
   * Reads all of the archive, which finds what is wrong with it.
   *
   * @return every member
   * @throws EifException if it is no archive, damaged or hostile
   */
  public List<Member> list() throws IOException {
    Set<String> names = new HashSet<>();
    List<Member> members = new ArrayList<>();
    try {
      walk((member, content) -> {
        if (member.regular && !names.add(member.name)) {
          throw new EifException(origin + ": two files \"" + member.name + "\"; which is meant?");
        }
        if (members.size() == limits.maxEntries()) {
          throw new EifException(origin + ": more than " + limits.maxEntries() + " members");
        }
        content.transferTo(OutputStream.nullOutputStream());
        members.add(member);
      });
    } catch (EifException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Malformed data makes the libraries' decoders throw either.
      throw new EifException(
          origin + ": no RPM package, tar or zip archive, or a damaged one (" + e.getMessage()
              + "); fetch it again",
          e);
    }
    return members;
  }

  /** Hands out every member of an archive that {@link #list} found sound. */
  public void walk(Visitor visitor) throws IOException {
    String magic;
    try (InputStream in = Files.newInputStream(file)) {
      magic = new String(in.readNBytes(4), ISO_8859_1);
    }
    switch (magic) {
      case "\u00ed\u00ab\u00ee\u00db" -> {
        try (InputStream payload = Rpm.payload(file, origin);
            CpioArchiveInputStream cpio = new CpioArchiveInputStream(plain(payload))) {
          walk(cpio, visitor);
        }
      }
      case "PK\u0003\u0004" -> {
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
          walk(zip, visitor);
        }
      }
      default -> {
        try (InputStream in = Files.newInputStream(file);
            TarArchiveInputStream tar = new TarArchiveInputStream(plain(in))) {
          walk(tar, visitor);
        }
      }
    }
  }

  private InputStream plain(InputStream stored) throws IOException {
    return new Limited(Compression.uncompressed(stored, origin), limits.maxBytes(), origin);
  }

  private void walk(ArchiveInputStream<?> archive, Visitor visitor) throws IOException {
    for (ArchiveEntry entry = archive.getNextEntry();
        entry != null;
        entry = archive.getNextEntry()) {
      visit(entry.getName(), isRegular(entry), archive, visitor);
    }
  }

  private boolean isRegular(ArchiveEntry entry) throws EifException {
    if (entry instanceof TarArchiveEntry tar) {
      if (!tar.isCheckSumOK()) {
        throw new EifException(
            origin + ": no tar archive, or a damaged one: the checksum of a header does not match");
      }
      return tar.getLinkFlag() == TarConstants.LF_NORMAL
          || (tar.getLinkFlag() == TarConstants.LF_OLDNORM && !tar.isDirectory());
    }
    return entry instanceof CpioArchiveEntry cpio && cpio.isRegularFile();
  }

  /** By the directory at the end, which alone says what is a link. */
  private void walk(ZipFile zip, Visitor visitor) throws IOException {
    long left = limits.maxBytes();
    for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
      try (Limited content = new Limited(zip.getInputStream(entry), left, origin)) {
        boolean regular = !entry.isDirectory() && !entry.isUnixSymlink();
        visit(entry.getName(), regular, content, visitor);
        left -= content.total();
      }
    }
  }

  private void visit(String stored, boolean regular, InputStream content, Visitor visitor)
      throws IOException {
    String name = stored.replaceFirst("^(\\./)+", "").replaceFirst("/$", "");
    if (name.isEmpty() || name.equals(".")) {
      return;
    }
    if (name.length() > limits.maxPathBytes()) {
      throw new EifException(
          origin + ": a member whose name has over " + limits.maxPathBytes() + " bytes");
    }
    if (name.indexOf('\\') >= 0
        || name.chars().anyMatch(Character::isISOControl)
        || List.of(name.split("/", -1)).stream()
            .anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."))) {
      throw new EifException(
          origin + ": a member called \"" + stored + "\", which could be written elsewhere");
    }
    visitor.visit(new Member(name, regular), content);
  }
}
