package io.treza.platform.internal.qemu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A container image of one layer, to be written as an OCI layout (OCI image specification 1.1). */
public final class TestImage {
  private static final String OCI = "application/vnd.oci.image.";

  private interface Member {
    void add(TarArchiveOutputStream tar) throws IOException;
  }

  private final List<Member> members = new ArrayList<>();
  private final ObjectNode run = JsonNodeFactory.instance.objectNode();

  /** Sets USER. */
  TestImage user(String user) {
    run.put("User", user);
    return this;
  }

  /** Sets WORKDIR. */
  TestImage workdir(String directory) {
    run.put("WorkingDir", directory);
    return this;
  }

  /** Sets ENTRYPOINT. */
  public TestImage entrypoint(String... words) {
    return list("Entrypoint", words);
  }

  /** Sets CMD. */
  TestImage cmd(String... words) {
    return list("Cmd", words);
  }

  /** Sets ENV: {@code NAME=value} each. */
  TestImage env(String... variables) {
    return list("Env", variables);
  }

  /** Adds EXPOSE: port and protocol each. */
  public TestImage expose(String... ports) {
    List.of(ports).forEach(run.withObjectProperty("ExposedPorts")::putObject);
    return this;
  }

  /** Adds a LABEL. */
  public TestImage label(String key, String value) {
    run.withObjectProperty("Labels").put(key, value);
    return this;
  }

  /** Adds a VOLUME. */
  TestImage volume(String path) {
    run.withObject("Volumes").putObject(path);
    return this;
  }

  private TestImage list(String name, String... words) {
    ArrayNode array = run.putArray(name);
    List.of(words).forEach(array::add);
    return this;
  }

  TestImage file(String path, int mode, byte[] content) {
    members.add(tar -> {
      TarArchiveEntry entry = new TarArchiveEntry(path);
      entry.setMode(mode);
      entry.setModTime(0);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    });
    return this;
  }

  /** Adds a file of this text. */
  public TestImage file(String path, int mode, String content) {
    return file(path, mode, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a file of this machine's. */
  TestImage file(String path, int mode, Path content) {
    members.add(tar -> {
      TarArchiveEntry entry = new TarArchiveEntry(path);
      entry.setMode(mode);
      entry.setModTime(0);
      entry.setSize(Files.size(content));
      tar.putArchiveEntry(entry);
      Files.copy(content, tar);
      tar.closeArchiveEntry();
    });
    return this;
  }

  TestImage directory(String path, int mode, int uid) {
    members.add(tar -> {
      TarArchiveEntry entry = new TarArchiveEntry(path + "/");
      entry.setMode(mode);
      entry.setIds(uid, uid);
      entry.setModTime(0);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
    });
    return this;
  }

  TestImage link(String path, String target) {
    members.add(tar -> {
      TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
      entry.setLinkName(target);
      entry.setModTime(0);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
    });
    return this;
  }

  /** Writes it. */
  public void write(Path directory) throws IOException {
    Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    Path unnamed = blobs.resolve("layer");
    try (OutputStream file = Files.newOutputStream(unnamed);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(file, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Member member : members) {
        member.add(tar);
      }
    }
    ObjectNode layer = named(unnamed, "layer.v1.tar");
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("architecture", "amd64").put("os", "linux").set("config", run);
    config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layer.get("digest"));
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("schemaVersion", 2).put("mediaType", OCI + "manifest.v1+json");
    manifest.set("config", json(blobs, config, "config.v1+json"));
    manifest.putArray("layers").add(layer);
    ObjectNode index = JsonNodeFactory.instance.objectNode().put("schemaVersion", 2);
    index.putArray("manifests").add(json(blobs, manifest, "manifest.v1+json"));
    Files.writeString(directory.resolve("index.json"), index.toString());
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
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
