package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

/**
 * Writes the demo's container image as an OCI layout (OCI image specification 1.1): from scratch,
 * one static program and its settings, a user that is not root, no shell.
 */
final class DemoImage {
  private static final String OCI = "application/vnd.oci.image.";
  private static final int NOT_ROOT = 65532;

  private DemoImage() {}

  /**
   * Writes the image.
   *
   * @param directory where; created
   * @param settings content of {@code /etc/service.conf}
   */
  static void write(Path directory, String settings) throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    byte[] layer = layer(settings);
    String layerDigest = blob(blobs, layer);
    byte[] config = config(layerDigest);
    String configDigest = blob(blobs, config);
    byte[] manifest = json(manifest(
        descriptor("config.v1+json", configDigest, config.length),
        descriptor("layer.v1.tar", layerDigest, layer.length)));
    String manifestDigest = blob(blobs, manifest);
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    ObjectNode index = JsonNodeFactory.instance.objectNode().put("schemaVersion", 2);
    index
        .putArray("manifests")
        .add(descriptor("manifest.v1+json", manifestDigest, manifest.length));
    Files.write(directory.resolve("index.json"), json(index));
  }

  private static byte[] layer(String settings) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      add(tar, "service", 0555, DemoProgram.elf("service: started"));
      add(tar, "etc/service.conf", 0444, settings.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static void add(TarArchiveOutputStream tar, String name, int mode, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setMode(mode);
    entry.setModTime(0);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static byte[] config(String layerDigest) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("architecture", "amd64").put("os", "linux");
    ObjectNode run = config.putObject("config");
    run.put("User", NOT_ROOT + ":" + NOT_ROOT).put("WorkingDir", "/");
    run.putArray("Entrypoint").add("/service");
    config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layerDigest);
    return json(config);
  }

  private static ObjectNode manifest(ObjectNode config, ObjectNode layer) {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("schemaVersion", 2).put("mediaType", OCI + "manifest.v1+json");
    manifest.set("config", config);
    manifest.putArray("layers").add(layer);
    return manifest;
  }

  private static ObjectNode descriptor(String type, String digest, int size) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    return node.put("mediaType", OCI + type).put("digest", digest).put("size", size);
  }

  private static byte[] json(ObjectNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
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
