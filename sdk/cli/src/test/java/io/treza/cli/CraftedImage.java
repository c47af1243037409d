package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * An OCI layout that is sound but for what a test changes: each part is changed before the digest
 * of it is taken, or afterwards, when it is written.
 */
final class CraftedImage {
  private byte[] tar = tar(program("bin/app"));
  private UnaryOperator<byte[]> stored = UnaryOperator.identity();
  private UnaryOperator<String> config = UnaryOperator.identity();
  private UnaryOperator<String> manifest = UnaryOperator.identity();
  private UnaryOperator<String> index = UnaryOperator.identity();
  private UnaryOperator<byte[]> written = UnaryOperator.identity();
  private String writtenPart = "";

  /** One member of a tar archive. */
  record Member(TarArchiveEntry entry, byte[] content) {}

  static Member entry(String name, String content) {
    return new Member(new TarArchiveEntry(name, true), content.getBytes(UTF_8));
  }

  /** A program that an enclave can start. */
  static Member program(String name) {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setMode(0755);
    return new Member(entry, DemoProgram.elf("app"));
  }

  static Member link(String name, String target, boolean hard) {
    byte type = hard ? TarConstants.LF_LINK : TarConstants.LF_SYMLINK;
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(target);
    return new Member(entry, new byte[0]);
  }

  static byte[] tar(Member... members) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8")) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Member member : members) {
        member.entry().setSize(member.content().length);
        member.entry().setModTime(0L);
        out.putArchiveEntry(member.entry());
        out.write(member.content());
        out.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  CraftedImage layer(Member... members) {
    return layer(tar(members));
  }

  CraftedImage layer(byte[] archive) {
    this.tar = archive;
    return this;
  }

  /** How the layer is stored; its blob digest is of the result. */
  CraftedImage stored(UnaryOperator<byte[]> change) {
    this.stored = change;
    return this;
  }

  CraftedImage config(UnaryOperator<String> change) {
    this.config = change;
    return this;
  }

  CraftedImage manifest(UnaryOperator<String> change) {
    this.manifest = change;
    return this;
  }

  CraftedImage index(UnaryOperator<String> change) {
    this.index = change;
    return this;
  }

  /** Changes a part (layer, config or manifest) after its digest and size were stated. */
  CraftedImage written(String part, UnaryOperator<byte[]> change) {
    this.writtenPart = part;
    this.written = change;
    return this;
  }

  /** The files of the layout; an empty one is left out. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    String layerDescriptor = put(files, "layer", stored.apply(tar));
    String configDescriptor = put(
        files,
        "config",
        config
            .apply(
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/bin/app\"]},"
                    + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + digest(tar) + "\"]}}")
            .getBytes(UTF_8));
    String manifestDescriptor = put(
        files,
        "manifest",
        manifest
            .apply("{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                .formatted(configDescriptor, layerDescriptor))
            .getBytes(UTF_8));
    files.put(
        "index.json",
        index
            .apply("{\"schemaVersion\":2,\"manifests\":[" + manifestDescriptor + "]}")
            .getBytes(UTF_8));
    files.values().removeIf(bytes -> bytes.length == 0);
    return files;
  }

  private String put(Map<String, byte[]> files, String part, byte[] bytes) {
    String digest = digest(bytes);
    byte[] kept = part.equals(writtenPart) ? written.apply(bytes.clone()) : bytes;
    files.put("blobs/" + digest.replace(':', '/'), kept);
    return "{\"digest\":\"%s\",\"size\":%d}".formatted(digest, bytes.length);
  }

  Path write(Path directory) throws IOException {
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    return directory;
  }

  static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
