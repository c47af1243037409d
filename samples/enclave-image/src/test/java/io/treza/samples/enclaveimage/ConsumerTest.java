package io.treza.samples.enclaveimage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.EifFile;
import io.treza.testsupport.Consumer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The EIF tools as strangers use them: another process, on the class path and module path. */
class ConsumerTest {
  private static final String MAIN = "io.treza.samples.enclaveimage.BuildImage";

  @TempDir
  Path directory;

  private String digest = "";

  /** An image as {@code docker save} writes it, and blobs in the archive that needs most code. */
  @BeforeEach
  void makeInputs() throws Exception {
    Map<String, byte[]> image = new LinkedHashMap<>();
    byte[] layer = tar(Map.of("server", "x".getBytes(UTF_8)));
    image.put("layer.tar", layer);
    image.put("config.json", """
        {"architecture":"amd64","os":"linux","config":{"Entrypoint":["/server"]},
        "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}""".formatted(sha256(layer)).getBytes(UTF_8));
    image.put(
        "manifest.json",
        "[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\"]}]".getBytes(UTF_8));
    Files.write(directory.resolve("image.tar"), tar(image));

    byte[] kernel = new byte[2048];
    System.arraycopy("HdrS".getBytes(ISO_8859_1), 0, kernel, 0x202, 4);
    Map<String, byte[]> blobs = new LinkedHashMap<>();
    blobs.put("blobs/bzImage", kernel);
    blobs.put("blobs/cmdline", "quiet".getBytes(UTF_8));
    blobs.put("blobs/init", "an init".getBytes(UTF_8));
    byte[] archive = xz(tar(blobs));
    Files.write(directory.resolve("blobs.tar.xz"), archive);
    digest = "sha256:" + sha256(archive);
  }

  @Test
  void worksOnTheClassPath() throws Exception {
    assertBuilds(Consumer.onClassPath(MAIN, entry -> true, directory));
  }

  @Test
  void worksOnTheModulePath() throws Exception {
    assertBuilds(Consumer.onModulePath("io.treza.samples.enclaveimage/" + MAIN, directory));
  }

  private void assertBuilds(Consumer consumer) throws Exception {
    Consumer.Output built = consumer.run("image.tar", "blobs.tar.xz", digest, ".");
    assertEquals(0, built.status(), built::toString);
    EifFile eif = EifFile.open(directory.resolve("enclave.eif"));
    assertEquals(eif.measurements().orElseThrow().toJson() + System.lineSeparator(), built.out());
    Consumer.Output refused = consumer.run("image.tar", "blobs.tar.xz", "sha256:0", "other");
    assertEquals(1, refused.status(), refused::toString);
    assertTrue(refused.err().contains("is no digest"), refused::toString);
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return out.toByteArray();
  }

  private static byte[] xz(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var xz = new CompressorStreamFactory()
        .createCompressorOutputStream(CompressorStreamFactory.XZ, out)) {
      xz.write(bytes);
    }
    return out.toByteArray();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
