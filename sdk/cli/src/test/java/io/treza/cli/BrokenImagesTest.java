package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.cli.CraftedImage.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every broken image: one line that says what is wrong, exit status 2, and nothing written. */
class BrokenImagesTest {
  private static final String ZEROS = "0".repeat(64);

  @TempDir
  Path dir;

  private Path kernel;

  @BeforeEach
  void makeKernel() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "no known kernel");
  }

  private CommandLineRun build(String image) {
    return CommandLineRun.of(
        "eif",
        "build",
        image,
        // What the builder itself refuses, the audit may refuse before it.
        "--no-audit",
        "--kernel",
        kernel.toString(),
        "--init",
        kernel.toString(),
        "--cmdline",
        "quiet",
        "--output",
        dir.resolve("out.eif").toString());
  }

  private void assertRefused(String image, String message) throws IOException {
    List<Path> before = list();
    CommandLineRun run = build(image);
    assertEquals(Treza.UNUSABLE, run.status(), run::err);
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("treza: "), run::err);
    assertTrue(run.err().contains(message), run::err);
    assertEquals(1, run.err().lines().count(), run::err);
    assertEquals(before, list());
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.sorted().toList();
    }
  }

  private static CraftedImage image() {
    return new CraftedImage();
  }

  private static Arguments broken(String name, String message, CraftedImage image) {
    return Arguments.of(name, message, image);
  }

  private static UnaryOperator<String> with(String old, String replacement) {
    return text -> text.replaceFirst(old, replacement);
  }

  private static UnaryOperator<byte[]> flip(int fromEnd) {
    return bytes -> {
      bytes[bytes.length - fromEnd] ^= 1;
      return bytes;
    };
  }

  private static UnaryOperator<byte[]> cut(int length) {
    return bytes -> Arrays.copyOf(bytes, length);
  }

  /** Changes bytes of the first tar header and makes its checksum fit again. */
  private static byte[] header(byte[] tar, int offset, String value) {
    byte[] changed = tar.clone();
    System.arraycopy(value.getBytes(UTF_8), 0, changed, offset, value.length());
    Arrays.fill(changed, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += changed[i] & 0xff;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(UTF_8);
    System.arraycopy(digits, 0, changed, 148, digits.length);
    return changed;
  }

  private static byte[] app() {
    return CraftedImage.tar(CraftedImage.program("bin/app"));
  }

  private static Member file(String name) {
    return CraftedImage.entry(name, "x");
  }

  private static Member symlink(String name, String target) {
    return CraftedImage.link(name, target, false);
  }

  /** An extended header before the rest of an archive. */
  private static byte[] pax(String type, String record, byte[] rest) {
    byte[] member = header(CraftedImage.tar(CraftedImage.entry("pax", record)), 156, type);
    byte[] all = Arrays.copyOf(member, 1024 + rest.length);
    System.arraycopy(rest, 0, all, 1024, rest.length);
    return all;
  }

  static Stream<Arguments> layouts() {
    return Stream.of(
        broken("no index", "neither index.json nor manifest.json", image().index(s -> "")),
        broken("index is no JSON", "index.json: not well-formed JSON", image().index(s -> "{")),
        broken("bytes after the index", "index.json: not well-formed", image().index(s -> s + "}")),
        broken(
            "key that is there twice",
            "not well-formed JSON: Duplicate field 'manifests'",
            image().index(with("\\{", "{\"manifests\":[],"))),
        broken(
            "index that is an array", "index.json: expected an object", image().index(s -> "[]")),
        broken("index of nothing", "index.json: manifests: missing", image().index(s -> "{}")),
        broken(
            "manifests that are no array",
            "manifests: expected an array",
            image().index(s -> "{\"manifests\":{}}")),
        broken(
            "manifests that are text",
            "manifests[0]: expected an object",
            image().index(s -> "{\"manifests\":[\"a\"]}")),
        broken("no image", "0 images for linux", image().index(s -> "{\"manifests\":[]}")),
        broken(
            "index of 5 MB",
            "bytes of JSON; at most 4194304",
            image().index(s -> s + " ".repeat(5 << 20))),
        broken(
            "digest of a wrong form",
            "\"sha256:0\" is no sha256 or sha512 digest",
            image().index(with("sha256:[0-9a-f]+", "sha256:0"))),
        broken(
            "digest of a weak algorithm",
            "is no sha256 or sha512 digest",
            image().index(with("sha256:", "md5:"))),
        broken(
            "digest that is a path",
            "is no sha256 or sha512 digest",
            image().index(with("sha256:[0-9a-f]+", "sha256:../../kernel"))),
        broken(
            "size below zero",
            "size: expected a size in bytes",
            image().index(with("\"size\":", "\"size\":-"))),
        broken(
            "size that is a fraction",
            "size: expected a size in bytes",
            image().index(with("\"size\":", "\"size\":0.5"))),
        broken(
            "no size",
            "size: missing, expected a size in bytes",
            image().index(with("\"size\"", "\"length\""))),
        broken(
            "manifest of another size", "bytes, not ", image().index(with("size\":", "size\":1"))),
        broken(
            "manifest that is missing",
            ZEROS + " is missing; save the image again",
            image().index(with("sha256:[0-9a-f]+", "sha256:" + ZEROS))),
        broken("manifest of another digest", "its digest is", image().written("manifest", flip(4))),
        broken(
            "index and manifest at once",
            "both an index and a manifest",
            image().manifest(with("\\{", "{\"manifests\":[],"))),
        broken(
            "platform that says nothing",
            "platform: os: missing, expected a string",
            image().index(with("\"digest\"", "\"platform\":{},\"digest\""))),
        broken(
            "manifest without configuration",
            "config: digest: missing, expected a string",
            image().manifest(with("\"config\"", "\"konfig\""))),
        broken(
            "layers that are text",
            "layers: expected an array",
            image().manifest(with("\"layers\":\\[.*]", "\"layers\":\"none\""))),
        broken(
            "configuration of another digest", "its digest is", image().written("config", flip(4))),
        broken("configuration cut short", "bytes, not ", image().written("config", cut(9))),
        broken(
            "configuration that is no JSON", "not well-formed JSON", image().config(s -> "\0\1")),
        broken(
            "image for Windows",
            "of platforms [windows/amd64]",
            image().config(with("linux", "windows"))),
        broken(
            "image for a toaster",
            "image: for toaster; Nitro Enclaves run on amd64 and arm64",
            image().config(with("amd64", "toaster"))),
        broken(
            "processor that is a number",
            "architecture: expected a string",
            image().config(with("\"amd64\"", "64"))),
        broken(
            "command that is text",
            "Cmd: expected an array",
            image().config(with("\\[\"/bin/app\"]", "\"/bin/app\""))),
        broken(
            "command of numbers",
            "Cmd[0]: expected a string",
            image().config(with("\"/bin/app\"", "1"))),
        broken(
            "no command", "neither ENTRYPOINT nor CMD", image().config(with("\"Cmd\"", "\"Cmt\""))),
        broken(
            "fewer diff_ids than layers",
            "diff_ids: expected 1 digests",
            image().config(with("\\[\"sha256.*\"]", "[]"))),
        broken(
            "diff_id of a wrong form",
            "diff_ids: \"none\" is no sha256",
            image().config(with("sha256:[0-9a-f]+", "none"))),
        broken(
            "diff_id of another layer",
            "uncompressed (diff_id): its digest is",
            image().config(with("sha256:[0-9a-f]+", "sha256:" + ZEROS))),
        broken("layer that is missing", "is missing", image().written("layer", cut(0))),
        broken("layer cut short", "bytes, not ", image().written("layer", cut(512))),
        broken("layer of another digest", "its digest is", image().written("layer", flip(1))));
  }

  static Stream<Arguments> layers() {
    return Stream.of(
        broken(
            "gzip cut short",
            "damaged gzip data",
            image().stored(tar -> Arrays.copyOf(CraftedImage.gzip(tar), 60))),
        broken(
            "gzip of another checksum",
            "damaged gzip data",
            image().stored(tar -> flip(8).apply(CraftedImage.gzip(tar)))),
        broken("zstd of nothing", "zstd data damaged", image().stored(tar ->
            new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0})),
        broken(
            "no archive",
            "tar header at byte 0: header checksum does not match",
            image().layer("text".repeat(200).getBytes(UTF_8))),
        broken(
            "archive cut in a header",
            "ends inside a header",
            image().layer(cut(300).apply(app()))),
        broken(
            "archive cut in a file",
            "go past the archive's end; it was cut short",
            image().layer(cut(513).apply(app()))),
        broken(
            "file larger than the archive",
            "\"bin/app\": its 8589934591 bytes of content go past the archive's end",
            image().layer(header(app(), 124, "77777777777"))),
        broken(
            "size that is no number",
            "header field at byte 124 is not a number",
            image().layer(header(app(), 124, "size"))),
        broken(
            "size below zero",
            "header field at byte 124 is negative",
            image().layer(header(app(), 124, "-1         "))),
        broken("type no one knows", "member type 0x56", image().layer(header(app(), 156, "V"))),
        broken("sparse file", "sparse file", image().layer(header(app(), 156, "S"))),
        broken(
            "root that is a file",
            "the root is no directory",
            image()
                .layer(new Member(
                    new TarArchiveEntry("./", TarConstants.LF_NORMAL, true), new byte[0]))),
        broken("name that climbs out", "\"..\" in a path", image().layer(file("a/../../b"))),
        broken(
            "file written through a link",
            "writes through the symbolic link bin -> /etc",
            image().layer(symlink("bin", "/etc"), file("bin/app"))),
        broken(
            "file below a file",
            "lies below bin, no directory",
            image().layer(file("bin"), file("bin/app"))),
        broken(
            "hard link to nothing",
            "a hard link to /etc/shadow, which is no file in this",
            image().layer(CraftedImage.link("a", "/etc/shadow", true))),
        broken(
            "hard link that climbs out",
            "\"..\" in a path",
            image().layer(CraftedImage.link("a", "../b", true))),
        broken(
            "file name of 256 bytes", "more than 255 bytes", image().layer(file("n".repeat(256)))),
        broken(
            "path of 4001 bytes",
            "more than 4000 bytes",
            image().layer(file("d/".repeat(2000) + "f"))),
        broken(
            "link to a path of 4001 bytes",
            "a symbolic link to a name of 4001 bytes",
            image().layer(symlink("a", "t".repeat(4001)))),
        broken(
            "name that steers the terminal",
            "\"a\\u001b[31m\\u000a/../b\"",
            image().layer(file("a\u001b[31m\n/../b"))),
        broken("whiteout of nothing", "names no file", image().layer(file("a/.wh."))),
        broken("whiteout of the parent", "names no file", image().layer(file("a/.wh..."))),
        broken("file below a whiteout", "below a whiteout", image().layer(file(".wh.a/b"))),
        broken(
            "pax record longer than its header",
            "malformed pax record",
            image().layer(pax("x", "99 path=a\n", app()))),
        broken(
            "pax record without a value",
            "malformed pax record",
            image().layer(pax("x", "7 path\n", app()))),
        broken(
            "pax name with a NUL",
            "a NUL in the member's name",
            image().layer(pax("x", "12 path=a\0b\n", app()))),
        broken(
            "pax header for nothing",
            "extended header without a member",
            image().layer(pax("x", "10 path=a\n", CraftedImage.tar()))),
        broken(
            "two pax headers for one file",
            "several extended headers",
            image().layer(pax("x", "10 path=a\n", pax("x", "10 path=b\n", app())))),
        broken(
            "global pax header that renames",
            "global pax header sets path",
            image().layer(pax("g", "10 path=a\n", app()))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"layouts", "layers"})
  void brokenImageIsRefused(String name, String message, CraftedImage image) throws IOException {
    Path layout = image.write(Files.createDirectory(dir.resolve("layout")));
    assertRefused("oci:" + layout, message);
  }

  static Stream<Arguments> archives() {
    String docker = "[{\"Config\":\"c.json\",\"Layers\":[\"%s\"]}]";
    return Stream.of(
        Arguments.of("text", "header checksum", "text".repeat(300).getBytes(UTF_8)),
        Arguments.of("empty file", "neither index.json nor", new byte[0]),
        Arguments.of("empty archive", "neither index.json nor", CraftedImage.tar()),
        Arguments.of("gzip cut short", "damaged gzip", cut(40).apply(CraftedImage.gzip(app()))),
        Arguments.of(
            "index that is there twice",
            "index.json is there twice",
            CraftedImage.tar(file("index.json"), file("./index.json"))),
        Arguments.of(
            "index that links out",
            "leads out of the archive",
            CraftedImage.tar(symlink("index.json", "../../etc/passwd"))),
        Arguments.of(
            "index that links to itself",
            "chain of too many links",
            CraftedImage.tar(symlink("index.json", "index.json"))),
        Arguments.of(
            "index that is a directory",
            "index.json is no regular file",
            CraftedImage.tar(new Member(new TarArchiveEntry("index.json/", true), new byte[0]))),
        Arguments.of(
            "configuration that is missing",
            "c.json is missing",
            CraftedImage.tar(CraftedImage.entry("manifest.json", docker.formatted("l")))),
        Arguments.of(
            "layer outside",
            "leads out of the archive",
            CraftedImage.tar(
                CraftedImage.entry("manifest.json", docker.formatted("../l")),
                CraftedImage.entry(
                    "c.json",
                    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"sha256:"
                        + ZEROS + "\"]}}"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("archives")
  void brokenArchiveIsRefused(String name, String message, byte[] archive) throws IOException {
    assertRefused(Files.write(dir.resolve("image.tar"), archive).toString(), message);
  }

  /** What is changed above is the only thing wrong there. */
  @Test
  void unchangedImageIsBuilt() throws IOException {
    CommandLineRun run = build("oci:" + image().write(dir.resolve("layout")));
    assertEquals("", run.err());
    assertEquals(Treza.YES, run.status());
    assertTrue(Files.exists(dir.resolve("out.eif")));
  }
}
