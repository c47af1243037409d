package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootstrapFilesTest {
  @TempDir
  Path dir;

  private Path init;
  private Path modules;

  @BeforeEach
  void prepare() throws IOException {
    init = Files.writeString(dir.resolve("some-init"), "i");
    modules = Files.createDirectory(dir.resolve("modules"));
    Files.writeString(modules.resolve("nsm.ko"), "n");
    Files.writeString(modules.resolve("virtio_mmio.ko"), "v");
    Files.writeString(modules.resolve("not-named.ko"), "");
  }

  private Path order(String lines) throws IOException {
    return Files.writeString(dir.resolve("order"), lines);
  }

  private static List<String> show(List<FileEntry> files) throws IOException {
    List<String> shown = new ArrayList<>();
    for (FileEntry file : files) {
      assertEquals(0, file.owner().uid() + file.owner().gid());
      String content = file.node() instanceof FileNode.Regular regular
          ? "=" + new String(TestImage.read(regular.content()), StandardCharsets.UTF_8)
          : "/";
      shown.add(Integer.toOctalString(file.owner().permissions()) + " " + file.path() + content);
    }
    return shown;
  }

  @Test
  void firstGenerationHasInitAndTheNsmModule() throws IOException {
    assertEquals(
        List.of("755 dev/", "755 init=i", "755 nsm.ko=n"),
        show(BootstrapFiles.withNsmModule(init, modules.resolve("nsm.ko"))));
    assertEquals(List.of("755 dev/", "755 init=i"), show(BootstrapFiles.withoutModules(init)));
  }

  @Test
  void secondGenerationHasTheListAndItsModulesInOrder() throws IOException {
    String list = "# a comment\n\nvirtio_mmio.ko\n nsm.ko \n";
    assertEquals(
        List.of(
            "755 dev/",
            "755 init=i",
            "644 modules_load_order=" + list,
            "755 virtio_mmio.ko=v",
            "755 nsm.ko=n"),
        show(BootstrapFiles.withModules(init, order(list), modules)));
  }

  @ParameterizedTest
  @CsvSource({
    "vsock.ko, missing in",
    "nsm.ko, named before",
    "nsm, not the file name of a module",
    "../modules/nsm.ko, not the file name of a module",
    "init, not the file name of a module"
  })
  void moduleThatCannotBeTakenIsNamedWithItsLine(String second, String problem) {
    assertRefused(
        EifException.class,
        () -> BootstrapFiles.withModules(init, order("nsm.ko\n" + second + "\n"), modules),
        "order, line 2: " + second + ": " + problem);
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    Path nothing = dir.resolve("nothing");
    assertRefused(
        IOException.class, () -> BootstrapFiles.withoutModules(nothing), nothing.toString());
    assertRefused(
        IOException.class, () -> BootstrapFiles.withNsmModule(init, nothing), nothing.toString());
    assertRefused(
        IOException.class,
        () -> BootstrapFiles.withModules(init, nothing, modules),
        nothing.toString());
    Path large = order("#".repeat((1 << 16) + 1));
    assertRefused(
        EifException.class, () -> BootstrapFiles.withModules(init, large, modules), "over 64 KiB");
  }
}
