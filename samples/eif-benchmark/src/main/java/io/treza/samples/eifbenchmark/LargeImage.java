package io.treza.samples.eifbenchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes one image as two OCI layouts, layers as they are and gzipped: in each layer one half of
 * the files cannot be compressed, and the other well.
 */
record LargeImage(Path plain, Path gzipped) {
  private static final int LAYERS = 4;
  private static final int FILES = 16;
  private static final int BLOCK = 1 << 16;

  /** A blob in a layout. */
  private record Stored(String digest, long size) {
    String descriptor() {
      return "{\"digest\":\"%s\",\"size\":%d}".formatted(digest, size);
    }
  }

  static LargeImage write(Path directory, int mebibytes) throws IOException {
    LargeImage image = new LargeImage(directory.resolve("plain"), directory.resolve("gzipped"));
    Files.createDirectories(blobs(image.plain));
    Files.createDirectories(blobs(image.gzipped));
    long fileBytes = ((long) mebibytes << 20) / (LAYERS * FILES);
    List<Stored> layers = new ArrayList<>();
    List<Stored> compressed = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      int layer = i;
      Stored stored = store(image.plain, out -> writeLayer(layer, fileBytes, out));
      layers.add(stored);
      compressed.add(store(image.gzipped, out -> {
        try (InputStream in = Files.newInputStream(path(image.plain, stored));
            FastGzip gzip = new FastGzip(out)) {
          in.transferTo(gzip);
        }
      }));
    }
    image.describe(image.plain, layers, layers);
    image.describe(image.gzipped, layers, compressed);
    return image;
  }

  /** The compressed layers. */
  static List<Path> layers(Path gzipped) throws IOException {
    try (Stream<Path> files = Files.list(blobs(gzipped))) {
      return files.filter(f -> f.toFile().length() > BLOCK).sorted().toList();
    }
  }

  private void describe(Path layout, List<Stored> layers, List<Stored> blobs) throws IOException {
    String diffIds =
        layers.stream().map(l -> "\"" + l.digest + "\"").collect(Collectors.joining(","));
    Stored config = store(layout, """
        {"architecture":"amd64","os":"linux","config":{"Cmd":["/app"]},
        "rootfs":{"type":"layers","diff_ids":[%s]}}""".formatted(diffIds));
    Stored manifest = store(
        layout,
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
            .formatted(
                config.descriptor(),
                blobs.stream().map(Stored::descriptor).collect(Collectors.joining(","))));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.descriptor()));
  }

  private static void writeLayer(int layer, long fileBytes, OutputStream out) throws IOException {
    // Seeded, so that every run is over the same bytes.
    Random random = new Random(layer);
    byte[] noise = new byte[BLOCK];
    byte[] text = "one line of a file that compresses as well as program text does, number %d\n"
        .formatted(layer)
        .repeat(BLOCK)
        .substring(0, BLOCK)
        .getBytes(UTF_8);
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
    for (int file = 0; file < FILES; file++) {
      TarArchiveEntry entry = new TarArchiveEntry("layer-%d/file-%02d".formatted(layer, file));
      entry.setSize(fileBytes);
      entry.setModTime(0L);
      tar.putArchiveEntry(entry);
      for (long left = fileBytes; left > 0; left -= Math.min(left, BLOCK)) {
        if (file % 2 == 0) {
          random.nextBytes(noise);
        }
        tar.write(file % 2 == 0 ? noise : text, 0, (int) Math.min(left, BLOCK));
      }
      tar.closeArchiveEntry();
    }
    tar.finish();
  }

  /** Compresses for speed: how well does not matter here. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BLOCK);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  @FunctionalInterface
  private interface Writer {
    void write(OutputStream out) throws IOException;
  }

  private static Stored store(Path layout, String json) throws IOException {
    return store(layout, out -> out.write(json.getBytes(UTF_8)));
  }

  private static Stored store(Path layout, Writer writer) throws IOException {
    Path partial = layout.resolve("partial");
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    try (OutputStream out = new BufferedOutputStream(
        new DigestOutputStream(Files.newOutputStream(partial), sha256), BLOCK)) {
      writer.write(out);
    }
    String hex = HexFormat.of().formatHex(sha256.digest());
    Stored stored = new Stored("sha256:" + hex, Files.size(partial));
    Files.move(partial, path(layout, stored));
    return stored;
  }

  private static Path path(Path layout, Stored blob) {
    return blobs(layout).resolve(blob.digest.substring("sha256:".length()));
  }

  private static Path blobs(Path layout) {
    return layout.resolve("blobs/sha256");
  }
}
