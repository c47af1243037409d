package io.treza.samples.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A container image of one program, as an OCI layout (OCI image specification 1.1). */
final class SmallImage {
  private static final String TYPE = "application/vnd.oci.image.";

  private SmallImage() {}

  /** Writes an image that runs the program as a user that is not root. */
  static void write(Path directory, byte[] program) throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    byte[] layer = layer(program);
    String layerDigest = blob(blobs, layer);
    byte[] config =
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"User\":\"65532:65532\","
                + "\"Entrypoint\":[\"/waits\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                + layerDigest + "\"]}}")
            .getBytes(StandardCharsets.UTF_8);
    byte[] manifest = ("{\"schemaVersion\":2,\"config\":"
            + descriptor("config.v1+json", blob(blobs, config), config.length) + ",\"layers\":["
            + descriptor("layer.v1.tar", layerDigest, layer.length) + "]}")
        .getBytes(StandardCharsets.UTF_8);
    Files.writeString(
        directory.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":["
            + descriptor("manifest.v1+json", blob(blobs, manifest), manifest.length) + "]}");
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  private static byte[] layer(byte[] program) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("waits");
      entry.setMode(0555);
      entry.setModTime(0);
      entry.setSize(program.length);
      tar.putArchiveEntry(entry);
      tar.write(program);
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  private static String descriptor(String type, String digest, int size) {
    return "{\"mediaType\":\"" + TYPE + type + "\",\"digest\":\"" + digest + "\",\"size\":" + size
        + "}";
  }

  private static String blob(Path blobs, byte[] content) throws IOException {
    try {
      String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
      Files.write(blobs.resolve(hex), content);
      return "sha256:" + hex;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
