package io.treza.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code treza blobs ...} end to end. */
class BlobsCommandTest {
  @TempDir
  Path dir;

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private Path archive;
  private String digest = "";

  @BeforeEach
  void pack() throws IOException, NoSuchAlgorithmException {
    byte[] kernel = new byte[2048];
    System.arraycopy("HdrS".getBytes(ISO_8859_1), 0, kernel, 0x202, 4);
    files.put("bzImage", kernel);
    files.put("cmdline", "quiet\n".getBytes(UTF_8));
    files.put("init", "an init".getBytes(UTF_8));
    files.put("nsm.ko", "a driver".getBytes(UTF_8));
    archive = dir.resolve("blobs.tar.gz");
    try (OutputStream file = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(file))) {
      for (Map.Entry<String, byte[]> blob : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry("blobs/x86_64/" + blob.getKey());
        entry.setSize(blob.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(blob.getValue());
        tar.closeArchiveEntry();
      }
    }
    digest = "sha256:"
        + HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive)));
  }

  private CommandLineRun pull(String source, String... more) {
    List<String> args = new ArrayList<>(
        List.of("blobs", "pull", source, "-o", dir.resolve("out").toString()));
    args.addAll(List.of(more));
    return CommandLineRun.of(args);
  }

  private void assertInstalled(CommandLineRun run) throws IOException {
    assertEquals(0, run.status(), run.err());
    for (Map.Entry<String, byte[]> blob : files.entrySet()) {
      assertArrayEquals(
          blob.getValue(), Files.readAllBytes(dir.resolve("out").resolve(blob.getKey())));
    }
  }

  private void assertRefused(CommandLineRun run, String message) {
    assertEquals(2, run.status(), run.out());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    assertEquals("", run.out());
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  void pullsFromAFileOfThePinnedDigest() throws IOException {
    CommandLineRun run = pull(archive.toString(), "--digest", digest);
    assertInstalled(run);
    assertTrue(run.out().contains("release       none that is known"), run.out());
    assertTrue(run.out().contains("architecture  x86_64"), run.out());
    assertTrue(run.out().contains("archive       " + digest), run.out());
  }

  @Test
  void whatWasPulledBuildsAnImageAndIsFoundInIt() throws IOException {
    pull(archive.toString(), "--digest", digest);
    String blobs = dir.resolve("out").toString();
    Path root = Files.createDirectories(dir.resolve("root"));
    Path server = Files.write(root.resolve("server"), DemoProgram.elf("server"));
    assertTrue(server.toFile().setExecutable(true));
    String eif = dir.resolve("a.eif").toString();
    CommandLineRun built = CommandLineRun.of(
        "eif",
        "build",
        "rootfs:" + root,
        "--platform",
        "linux/amd64",
        "--command",
        "/server",
        "--blobs",
        blobs,
        "-o",
        eif);
    assertEquals(0, built.status(), built.err());
    CommandLineRun ofDirectory = CommandLineRun.of("blobs", "identify", blobs, "--json");
    CommandLineRun ofImage = CommandLineRun.of("blobs", "identify", eif, "--json");
    assertEquals(1, ofDirectory.status(), ofDirectory.err());
    assertEquals(1, ofImage.status(), ofImage.err());
    assertEquals(json(ofDirectory).get("Blobs"), json(ofImage).get("Blobs"));
    assertEquals(4, json(ofImage).get("Blobs").size());
    CommandLineRun ofParts = CommandLineRun.of(
        "blobs",
        "identify",
        "--json",
        "--kernel",
        blobs + "/bzImage",
        "--cmdline",
        "quiet",
        "--init",
        blobs + "/init",
        "--nsm-module",
        blobs + "/nsm.ko");
    assertEquals(ofDirectory.out(), ofParts.out());
  }

  @Test
  void withoutADigestSaysItAndUnpacksNothing() {
    assertRefused(pull(archive.toString()), "then pass --digest " + digest);
  }

  @Test
  void trustOnFirstUseIsAskedForByName() throws IOException {
    CommandLineRun run = pull(archive.toString(), "--trust-first-download", "--json");
    assertInstalled(run);
    assertEquals(digest, json(run).get("Archive").textValue());
    assertEquals(0, json(run).get("Releases").size());
  }

  @Test
  void aPinnedDigestIsNotOverruledByTrust() {
    assertRefused(
        pull(archive.toString(), "--trust-first-download", "--digest", "sha256:" + "0".repeat(64)),
        "its digest is " + digest);
  }

  @Test
  void pullsFromAServer() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] bytes = Files.readAllBytes(archive);
    server.createContext("/blobs.tar.gz", exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
      }
    });
    server.start();
    try {
      String address = "http://localhost:" + server.getAddress().getPort();
      assertRefused(
          pull(address + "/missing", "--digest", digest), "HTTP status 404 from localhost");
      assertRefused(
          pull(address + "/blobs.tar.gz", "--digest", digest, "--max-bytes", "100"),
          "more than 100 bytes");
      CommandLineRun pulled = pull(address + "/blobs.tar.gz?token=x", "--digest", digest);
      assertInstalled(pulled);
      assertEquals("downloading " + Pulling.size(bytes.length), pulled.err().strip());
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://mirror.example/blobs.rpm, mirror.example would be asked without TLS",
    "ftp://mirror.example/blobs.rpm, not like https://host/file",
    "https://me:hunter2@mirror.example/blobs.rpm, 'mirror.example: not like https://host/file'",
    "'https://mirror.example/a b.rpm', 'SOURCE is no address: Illegal character in path, character 25'",
    "missing.rpm, missing.rpm does not exist",
    "src, src: a directory; name an archive",
  })
  void sourceThatCannotBeReadIsRefused(String source, String message) {
    CommandLineRun run = pull(source, "--digest", digest);
    assertRefused(run, message);
    assertFalse(run.err().contains("hunter2"), run.err());
  }

  @Test
  void mistakesInOptionsAreNamed() {
    assertRefused(pull(archive.toString(), "--digest", "abc"), "\"abc\" is no digest");
    assertRefused(
        pull(archive.toString(), "--digest", digest, "--arch", "arm64"),
        "--arch must be x86_64 or aarch64");
    assertRefused(
        pull(archive.toString(), "--digest", digest, "--arch", "aarch64"),
        "holds no kernel for aarch64");
    assertRefused(CommandLineRun.of("blobs", "identify"), "name a directory of blobs");
    assertRefused(CommandLineRun.of("blobs", "identify", dir.toString()), "holds no bzImage");
    assertRefused(CommandLineRun.of("blobs", "identify", archive.toString()), "no EIF");
    assertRefused(
        CommandLineRun.of("blobs", "identify", dir.toString(), "--kernel", "k"),
        "name a directory of blobs");
  }

  @Test
  void imageOfAReferenceToolIsNoKnownRelease() {
    String eif = Requirement.shared("eif/golden/g1-x86-unsigned.eif").toString();
    CommandLineRun run = CommandLineRun.of("blobs", "identify", eif);
    assertEquals(1, run.status(), run.err());
    assertTrue(run.out().contains("none that is known"), run.out());
  }

  private static JsonNode json(CommandLineRun run) throws IOException {
    return JsonMapper.builder().build().readTree(run.out());
  }
}
