package io.treza.samples.serviceimage;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes a container image of one layer as an OCI layout (OCI image specification 1.1). The same
 * files give the same bytes: they are sorted, belong to root and have no time.
 */
final class Layout {
  private static final String OCI = "application/vnd.oci.image.";

  private final SortedMap<String, Member> members = new TreeMap<>();

  private record Member(int mode, long size, Content content) {}

  private interface Content {
    void copyTo(OutputStream out) throws IOException;
  }

  /** Adds a file of this machine's, readable by all. */
  Layout file(String path, boolean executable, Path content) throws IOException {
    members.put(
        path,
        new Member(
            executable ? 0555 : 0444, Files.size(content), out -> Files.copy(content, out)));
    return this;
  }

  /** Adds a file, readable by all. */
  Layout file(String path, byte[] content) {
    members.put(path, new Member(0444, content.length, out -> out.write(content)));
    return this;
  }

  /**
   * Writes it.
   *
   * @param directory new
   * @param run the image's {@code config}: what it runs as
   * @param architecture as image configurations name it
   */
  void write(Path directory, ObjectNode run, String architecture) throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    ObjectNode layer = named(layer(blobs.resolve("layer")), "layer.v1.tar");
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("architecture", architecture).put("os", "linux").set("config", run);
    config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layer.get("digest"));
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("schemaVersion", 2).put("mediaType", OCI + "manifest.v1+json");
    manifest.set("config", json(blobs, config, "config.v1+json"));
    manifest.putArray("layers").add(layer);
    ObjectNode index = JsonNodeFactory.instance.objectNode().put("schemaVersion", 2);
    index.putArray("manifests").add(json(blobs, manifest, "manifest.v1+json"));
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    // Last, since it is what makes the directory an image.
    Files.writeString(directory.resolve("index.json"), index.toString());
  }

  private Path layer(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, Member> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
        entry.setMode(member.getValue().mode());
        entry.setModTime(0);
        entry.setSize(member.getValue().size());
        tar.putArchiveEntry(entry);
        member.getValue().content().copyTo(tar);
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  private static ObjectNode json(Path blobs, ObjectNode content, String type) throws IOException {
    return named(Files.writeString(blobs.resolve("json"), content.toString()), type);
  }

  /** Gives a blob its name, and returns its descriptor. */
  private static ObjectNode named(Path blob, String type) throws IOException {
    String hex = sha256(blob);
    ObjectNode descriptor = JsonNodeFactory.instance
        .objectNode()
        .put("mediaType", OCI + type)
        .put("digest", "sha256:" + hex)
        .put("size", Files.size(blob));
    Files.move(blob, blob.resolveSibling(hex), StandardCopyOption.REPLACE_EXISTING);
    return descriptor;
  }

  private static String sha256(Path file) throws IOException {
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

}
