package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.elf.TestElf;
import io.treza.audit.internal.image.ImageSurvey;
import io.treza.image.ContainerImage;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** An image of one layer, put together file by file, and what is said of it. */
final class SampleImage {
  static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
  static final String MUSL = "/lib/ld-musl-x86_64.so.1";

  private final Map<String, Consumer<Tar>> files = new LinkedHashMap<>();
  private final Map<String, Long> times = new LinkedHashMap<>();
  private final ObjectNode config = JsonNodeFactory.instance.objectNode();
  private String architecture = "amd64";

  /** With {@code /bin/app}, a program that needs nothing, as the command. */
  static SampleImage withApp() {
    return new SampleImage().program("bin/app", TestElf.program().bytes()).entrypoint("/bin/app");
  }

  /** With glibc's loader, its libc and a few libraries, as Debian has them. */
  SampleImage glibc() {
    return file(
            "lib64/ld-linux-x86-64.so.2",
            0755,
            TestElf.library().soname("ld-linux-x86-64.so.2").bytes())
        .library(
            "lib/x86_64-linux-gnu/libc.so.6",
            TestElf.library("ld-linux-x86-64.so.2")
                .soname("libc.so.6")
                .definesVersion("GLIBC_2.2.5", "GLIBC_2.34"))
        .library(
            "lib/x86_64-linux-gnu/libm.so.6", TestElf.library("libc.so.6").soname("libm.so.6"));
  }

  SampleImage program(String path, byte[] content) {
    return file(path, 0755, content);
  }

  SampleImage library(String path, TestElf elf) {
    return file(path, 0644, elf.bytes());
  }

  SampleImage script(String path, String text) {
    return file(path, 0755, text.getBytes(UTF_8));
  }

  SampleImage file(String path, String text) {
    return file(path, 0644, text.getBytes(UTF_8));
  }

  SampleImage file(String path, int mode, byte[] content) {
    TarArchiveEntry entry = new TarArchiveEntry(path, true);
    entry.setMode(mode);
    return add(entry, content);
  }

  SampleImage add(TarArchiveEntry entry, byte[] content) {
    return put(
        entry.getName(),
        tar ->
            tar.at(times.getOrDefault(entry.getName(), 0L)).add(entry, content).at(0));
  }

  SampleImage directory(String path) {
    return put(path, tar -> tar.directory(path));
  }

  SampleImage link(String path, String target) {
    return put(path, tar -> tar.symlink(path, target));
  }

  SampleImage hardLink(String path, String target) {
    return put(path, tar -> tar.hardLink(path, target));
  }

  /** Sets when a file was changed, in seconds since 1970; everything else is of 1970. */
  SampleImage time(String path, long seconds) {
    times.put(path, seconds);
    return this;
  }

  /** A later file replaces an earlier one of the same path. */
  private SampleImage put(String path, Consumer<Tar> member) {
    files.put(path, member);
    return this;
  }

  SampleImage entrypoint(String... items) {
    return list("Entrypoint", items);
  }

  SampleImage cmd(String... items) {
    return list("Cmd", items);
  }

  SampleImage env(String... items) {
    return list("Env", items);
  }

  SampleImage healthcheck(String... items) {
    ArrayNode array = config.putObject("Healthcheck").putArray("Test");
    List.of(items).forEach(array::add);
    return this;
  }

  /** A member of the configuration that is an object with keys only. */
  SampleImage set(String member, String... keys) {
    ObjectNode object = config.putObject(member);
    List.of(keys).forEach(object::putObject);
    return this;
  }

  SampleImage label(String key, String value) {
    config.withObjectProperty("Labels").put(key, value);
    return this;
  }

  SampleImage text(String member, String value) {
    config.put(member, value);
    return this;
  }

  SampleImage workdir(String directory) {
    return text("WorkingDir", directory);
  }

  SampleImage architecture(String goName) {
    this.architecture = goName;
    return this;
  }

  private SampleImage list(String member, String... items) {
    ArrayNode array = config.putArray(member);
    List.of(items).forEach(array::add);
    return this;
  }

  /** The archive of it in a temporary directory. */
  Path archive(Path directory) throws IOException {
    Tar layer = new Tar();
    files.values().forEach(member -> member.accept(layer));
    String members = config.toString();
    TestImage image = TestImage.of(layer.bytes())
        .architecture(architecture)
        .run(members.substring(1, members.length() - 1));
    return TestImage.toArchive(
        image.dockerFiles(), Files.createTempFile(directory, "image", ".tar"));
  }

  Readiness judge(Path directory) throws IOException {
    return judge(directory, EnclaveTarget.defaults());
  }

  Readiness judge(Path directory, EnclaveTarget target) throws IOException {
    return judge(archive(directory), directory, target);
  }

  static Readiness judge(Path image, Path directory, EnclaveTarget target) throws IOException {
    ImageSurvey survey = ImageSurvey.of(
        ContainerImage.opener().workDirectory(directory), image, List.of(Readiness.interest()));
    return Readiness.of(survey.description(), survey.root(), target);
  }

  /** Asserts that there is a finding of this id and result that says all of this. */
  static Finding assertFound(Readiness readiness, String id, Result result, String... says) {
    List<Finding> found = readiness.findings().stream()
        .filter(f -> f.id().equals(id) && f.result() == result)
        .filter(f -> List.of(says).stream().allMatch((f.message() + " " + f.fix())::contains))
        .toList();
    assertTrue(
        !found.isEmpty(),
        () ->
            "no " + id + " " + result + " that says " + List.of(says) + " in\n" + text(readiness));
    return found.get(0);
  }

  /** Asserts that nothing of a check fails. */
  static void assertNothingFails(Readiness readiness, String check) {
    assertTrue(
        readiness.bootBlockers().stream().noneMatch(f -> f.id().startsWith(check)),
        () -> text(readiness));
  }

  static String text(Readiness readiness) {
    return readiness.findings().stream()
        .map(f ->
            f.id() + " " + f.result() + " [" + f.location() + "] " + f.message() + " => " + f.fix())
        .collect(Collectors.joining("\n"));
  }
}
