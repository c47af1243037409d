package io.treza.eif;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.CompressorStreamFactory;

/** Sets of blobs that are like AWS's in form, and archives of them. */
final class TestBlobs {
  static final String DIRECTORY = "usr/share/nitro_enclaves/blobs/";

  private TestBlobs() {}

  /** A file with an x86_64 kernel's mark. */
  static byte[] bzImage() {
    byte[] kernel = new byte[2048];
    System.arraycopy("HdrS".getBytes(ISO_8859_1), 0, kernel, 0x202, 4);
    return kernel;
  }

  /** A file with an arm64 kernel's mark. */
  static byte[] image() {
    byte[] kernel = new byte[2048];
    System.arraycopy("ARMd".getBytes(ISO_8859_1), 0, kernel, 56, 4);
    return kernel;
  }

  /** What nitro-cli 1 has for x86_64. */
  static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("bzImage", bzImage());
    files.put("cmdline", "reboot=k panic=30\n".getBytes(UTF_8));
    files.put("init", "an init".getBytes(UTF_8));
    files.put("nsm.ko", "a driver".getBytes(UTF_8));
    return files;
  }

  /** What nitro-cli 2 has. */
  static Map<String, byte[]> filesOfNitroCli2() {
    Map<String, byte[]> files = files();
    files.remove("nsm.ko");
    files.put("modules_load_order", "# in\n# order\nvirtio_mmio.ko\nnsm.ko\n".getBytes(UTF_8));
    files.put("nsm.ko", "a driver".getBytes(UTF_8));
    files.put("virtio_mmio.ko", "another".getBytes(UTF_8));
    return files;
  }

  static Map<String, byte[]> below(String directory, Map<String, byte[]> files) {
    Map<String, byte[]> moved = new LinkedHashMap<>();
    files.forEach((name, content) -> moved.put(directory + name, content));
    return moved;
  }

  static Path write(Path directory, Map<String, byte[]> files) throws IOException {
    Files.createDirectories(directory);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
    return directory;
  }

  static byte[] tar(Map<String, byte[]> files, TarArchiveEntry... more) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        // The flag keeps names as they are, however odd.
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey(), true);
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
      for (TarArchiveEntry entry : Arrays.asList(more)) {
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] zip(Map<String, byte[]> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Compressed, by a name of commons-compress: gz, xz, zstd, bzip2. */
  static byte[] compress(String name, byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var compressor = new CompressorStreamFactory().createCompressorOutputStream(name, out)) {
      compressor.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }
}
