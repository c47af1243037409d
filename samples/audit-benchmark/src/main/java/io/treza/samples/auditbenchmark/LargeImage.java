package io.treza.samples.auditbenchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes an image as an OCI layout with gzipped layers, out of what images are made of: programs,
 * libraries, class files and text of the JDK that runs this, in files of usual sizes.
 */
final class LargeImage {
  private static final int LAYERS = 4;
  // Small files are what most images have most of.
  private static final int LARGEST_PIECE = 1 << 16;
  private static final int LARGE = 1 << 20;
  private static final String SECRET =
      "-----BEGIN PRIVATE " + "KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n";

  private final Path layout;
  private final List<Path> sources;
  private int next;
  private int files;

  private LargeImage(Path layout, List<Path> sources) {
    this.layout = layout;
    this.sources = sources;
  }

  /** A blob in the layout. */
  private record Stored(String digest, long size) {
    String descriptor() {
      return "{\"digest\":\"%s\",\"size\":%d}".formatted(digest, size);
    }
  }

  /** Writes it, with one file that has a secret in each layer; returns the number of files. */
  static int write(Path layout, int mebibytes) throws IOException {
    Files.createDirectories(blobs(layout));
    List<Path> sources;
    try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.home")))) {
      sources = files.filter(Files::isRegularFile).sorted().toList();
    }
    return new LargeImage(layout, sources).write(((long) mebibytes << 20) / LAYERS);
  }

  /** Files that each run must find to have a secret. */
  static int secrets() {
    return LAYERS;
  }

  /** The compressed layers. */
  static List<Path> layers(Path layout) throws IOException {
    try (Stream<Path> files = Files.list(blobs(layout))) {
      return files.filter(f -> f.toFile().length() > LARGEST_PIECE).sorted().toList();
    }
  }

  private int write(long layerBytes) throws IOException {
    List<String> diffIds = new ArrayList<>();
    List<Stored> layers = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      MessageDigest unpacked = sha256();
      int layer = i;
      layers.add(store(out -> {
        GZIPOutputStream gzip = new GZIPOutputStream(out, LARGEST_PIECE);
        writeLayer(layer, layerBytes, new DigestOutputStream(gzip, unpacked));
        gzip.finish();
      }));
      diffIds.add("\"sha256:" + HexFormat.of().formatHex(unpacked.digest()) + "\"");
    }
    Stored config = store("""
        {"architecture":"amd64","os":"linux","config":{"Cmd":["/app"],"User":"1000"},
        "rootfs":{"type":"layers","diff_ids":[%s]}}""".formatted(String.join(",", diffIds)));
    Stored manifest = store("{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
        .formatted(
            config.descriptor(),
            layers.stream().map(Stored::descriptor).collect(Collectors.joining(","))));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.descriptor()));
    return files;
  }

  private void writeLayer(int layer, long bytes, OutputStream out) throws IOException {
    // Seeded, so that every run with the same JDK is over the same bytes.
    Random random = new Random(layer);
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
    add(
        tar,
        "layer-%d/server.pem".formatted(layer),
        0600,
        SECRET.getBytes(UTF_8),
        0,
        SECRET.length());
    long left = bytes;
    while (left > 0) {
      Path source = sources.get(next++ % sources.size());
      byte[] content = Files.readAllBytes(source);
      boolean library = source.toString().contains(".so");
      for (int at = 0; at < content.length && left > 0; ) {
        int piece = library || content.length < LARGE
            ? content.length
            : Math.min(content.length - at, 1 + random.nextInt(LARGEST_PIECE));
        String name = "layer-%d/%s-%06d".formatted(layer, source.getFileName(), files);
        add(tar, name, library ? 0755 : 0644, content, at, piece);
        at += piece;
        left -= piece;
      }
    }
    tar.finish();
  }

  private void add(
      TarArchiveOutputStream tar, String name, int mode, byte[] bytes, int offset, int length)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(length);
    entry.setMode(mode);
    entry.setModTime(0L);
    tar.putArchiveEntry(entry);
    tar.write(bytes, offset, length);
    tar.closeArchiveEntry();
    files++;
  }

  @FunctionalInterface
  private interface Writer {
    void write(OutputStream out) throws IOException;
  }

  private Stored store(String json) throws IOException {
    return store(out -> out.write(json.getBytes(UTF_8)));
  }

  private Stored store(Writer writer) throws IOException {
    Path partial = layout.resolve("partial");
    MessageDigest sha256 = sha256();
    try (OutputStream out = new BufferedOutputStream(
        new DigestOutputStream(Files.newOutputStream(partial), sha256), LARGEST_PIECE)) {
      writer.write(out);
    }
    String hex = HexFormat.of().formatHex(sha256.digest());
    Stored stored = new Stored("sha256:" + hex, Files.size(partial));
    Files.move(partial, blobs(layout).resolve(hex));
    return stored;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static Path blobs(Path layout) {
    return layout.resolve("blobs/sha256");
  }
}
