package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packages that rpmbuild makes, in every compression, are read. */
class RpmPeerTest {
  @TempDir
  Path dir;

  /** The setting is rpm's {@code %_binary_payload}: w, the level, a dot and the kind. */
  @ParameterizedTest
  @CsvSource({"w9.gzdio", "w2.xzdio", "w19.zstdio", "w9.bzdio"})
  void packageOfThePeerIsUnpacked(String payload) throws IOException, InterruptedException {
    Requirement.require(isInstalled("rpmbuild"), "rpmbuild is not installed (Debian: rpm)");
    Path rpm = build(payload);
    Path target = dir.resolve("blobs");
    try (BlobArchive archive = BlobArchive.of(rpm)) {
      EnclaveBlobs blobs = archive.install(archive.digest(), Optional.empty(), target);
      assertEquals("reboot=k panic=30", blobs.cmdline());
    }
    for (Map.Entry<String, byte[]> file : TestBlobs.files().entrySet()) {
      assertArrayEquals(file.getValue(), Files.readAllBytes(target.resolve(file.getKey())));
    }
  }

  private Path build(String payload) throws IOException, InterruptedException {
    Path sources = TestBlobs.write(dir.resolve("SOURCES"), TestBlobs.files());
    Path spec = Files.writeString(dir.resolve("blobs.spec"), """
        Name: blobs
        Version: 1
        Release: 1
        Summary: Like the package of AWS
        License: none
        BuildArch: noarch
        %%description
        %%install
        mkdir -p %%{buildroot}/usr/share/nitro_enclaves/blobs %%{buildroot}/usr/lib/links
        cp %s/* %%{buildroot}/usr/share/nitro_enclaves/blobs
        ln -s ../../share/nitro_enclaves/blobs/init %%{buildroot}/usr/lib/links/init
        %%files
        /usr/share/nitro_enclaves
        /usr/lib/links
        """.formatted(sources));
    Path log = dir.resolve("log");
    Process process = new ProcessBuilder(
            "rpmbuild",
            "-bb",
            "--define",
            "_topdir " + dir,
            "--define",
            "_binary_payload " + payload,
            "--define",
            "__os_install_post %{nil}",
            spec.toString())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    assertEquals(0, process.waitFor(), () -> read(log));
    return dir.resolve("RPMS/noarch/blobs-1-1.noarch.rpm");
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static boolean isInstalled(String program) {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
