package io.treza.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command takes an image from everywhere and makes the same of it. */
class ImageSourcesTest {
  private static final byte[] LAYER = CraftedImage.tar(CraftedImage.program("bin/app"));
  private static final CraftedImage IMAGE =
      new CraftedImage().layer(LAYER).stored(CraftedImage::gzip);

  @TempDir
  Path dir;

  private Path kernel;
  private Path cache;

  @BeforeEach
  void prepare() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "no known kernel");
    cache = dir.resolve("cache");
  }

  private CommandLineRun eif(String command, String... more) {
    List<String> args = new ArrayList<>(List.of("eif", command));
    args.addAll(Arrays.asList(more));
    String file = kernel.toString();
    args.addAll(List.of("--kernel", file, "--init", file, "--cmdline", "quiet"));
    return CommandLineRun.of(args);
  }

  private byte[] build(String... more) throws IOException {
    Path output = dir.resolve("out.eif");
    List<String> args = new ArrayList<>(Arrays.asList(more));
    args.addAll(List.of("--output", output.toString()));
    CommandLineRun run = eif("build", args.toArray(String[]::new));
    assertEquals(Treza.YES, run.status(), run::err);
    return Files.readAllBytes(output);
  }

  /** Serves the image as {@code shop/app:1}. */
  private static HttpServer serve() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Map<String, byte[]> files = IMAGE.files();
    server.createContext("/v2/shop/app/", exchange -> {
      String name = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
      byte[] body =
          name.equals("1") ? files.get("index.json") : files.get("blobs/" + name.replace(':', '/'));
      try (exchange) {
        exchange.sendResponseHeaders(body == null ? 404 : 200, body == null ? -1 : body.length);
        if (body != null) {
          exchange.getResponseBody().write(body);
        }
      }
    });
    server.start();
    return server;
  }

  /** As {@code docker save} wrote it before version 25. */
  private Path dockerArchive() throws IOException {
    String config = IMAGE.files().values().stream()
        .map(bytes -> new String(bytes, UTF_8))
        .filter(text -> text.contains("rootfs"))
        .findFirst()
        .orElseThrow();
    byte[] archive = CraftedImage.tar(
        new CraftedImage.Member(new TarArchiveEntry("layer.tar"), LAYER),
        CraftedImage.entry("config.json", config),
        CraftedImage.entry(
            "manifest.json",
            "[{\"Config\":\"config.json\",\"RepoTags\":[\"shop/app:1\"],\"Layers\":[\"layer.tar\"]}]"));
    return Files.write(dir.resolve("docker.tar"), archive);
  }

  @Test
  void registryLayoutAndArchiveGiveTheSameBytes() throws IOException {
    byte[] fromLayout = build("oci:" + IMAGE.write(dir.resolve("layout")));
    Path archive = dockerArchive();
    assertEquals(CraftedImage.digest(fromLayout), CraftedImage.digest(build(archive.toString())));
    byte[] fromTag = build("--image", "docker-archive:" + archive + ":shop/app:1");
    assertEquals(CraftedImage.digest(fromLayout), CraftedImage.digest(fromTag));
    HttpServer server = serve();
    try {
      String name = "localhost:" + server.getAddress().getPort() + "/shop/app:1";
      String[] pull = {name, "--cache", cache.toString(), "--platform", "linux/amd64"};
      assertEquals(CraftedImage.digest(fromLayout), CraftedImage.digest(build(pull)));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void secondBuildNeedsNoNetwork() throws IOException {
    HttpServer server = serve();
    String name = "docker://localhost:" + server.getAddress().getPort() + "/shop/app:1";
    String[] online = {name, "--cache", cache.toString()};
    String[] offline = {name, "--cache", cache.toString(), "--offline"};
    CommandLineRun early = eif("measure", offline);
    assertEquals(Treza.UNUSABLE, early.status());
    assertTrue(early.err().contains("offline"), early::err);
    CommandLineRun first = eif("measure", online);
    server.stop(0);
    assertEquals(Treza.YES, first.status(), first::err);
    assertTrue(first.err().startsWith("pulling sha256:"), first::err);
    CommandLineRun second = eif("measure", offline);
    assertEquals(first.out(), second.out());
    assertEquals("", second.err());
    assertEquals(Treza.UNUSABLE, eif("measure", online).status());
  }

  @Test
  void plainDirectoryNeedsACommandAndAPlatform() throws IOException {
    Path root = Files.createDirectories(dir.resolve("root"));
    Path app = Files.write(root.resolve("app"), DemoProgram.elf("app"));
    assertTrue(app.toFile().setExecutable(true));
    String image = "rootfs:" + root;
    CommandLineRun noPlatform = eif("measure", image, "--command", "/app");
    assertTrue(noPlatform.err().contains("give --platform"), noPlatform::err);
    CommandLineRun noCommand = eif("measure", image, "--platform", "linux/arm64");
    assertTrue(noCommand.err().contains("give --command"), noCommand::err);
    String[] full = {image, "--platform", "linux/amd64", "--command", "/app", "--command", "x y"};
    byte[] one = build(full);
    assertEquals(CraftedImage.digest(one), CraftedImage.digest(build(full)));
    assertTrue(new String(one, ISO_8859_1).contains("/app\nx y\n"));
  }

  @Test
  void optionsThatDoNotFitAreRefused() throws IOException {
    String layout = "oci:" + IMAGE.write(dir.resolve("layout"));
    for (String[] args : new String[][] {
      {"nothing to build from"},
      {"give one image", layout, "--image", layout},
      {"are for rootfs: images", layout, "--env", "A=b"},
      {"linux/amd64 and linux/arm64 alone", layout, "--platform", "windows/amd64"},
      {"0 images for linux/arm64", layout, "--platform", "linux/arm64/v8"},
      {"raise maxBytes if meant", layout, "--max-bytes", "100"},
      {"raise maxEntries if meant", layout, "--max-entries", "1"},
      {"a path of more than 2 bytes", layout, "--max-path-bytes", "2"},
      {"the last at most 4000", layout, "--max-path-bytes", "4001"},
      {"are positive", layout, "--max-bytes", "0"}
    }) {
      CommandLineRun run = eif("measure", Arrays.copyOfRange(args, 1, args.length));
      assertEquals(Treza.UNUSABLE, run.status());
      assertTrue(run.err().contains(args[0]), run::err);
    }
  }
}
