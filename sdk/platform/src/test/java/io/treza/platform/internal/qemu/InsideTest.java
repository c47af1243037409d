package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.InitOptions;
import io.treza.platform.QemuBackend;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of the enclave finds itself to be what the image says, told by itself over vsock. */
@Timeout(300)
class InsideTest {
  private static final int REPORT_PORT = 7000;

  @TempDir
  private Path directory;

  private static TestImage image(Emulation emulation) throws Exception {
    return new TestImage()
        .directory("etc", 0755, 0)
        .file("etc/passwd", 0644, "root:x:0:0::/root:/\napp:x:1234:2345::/home/app:/\n")
        .file("etc/group", 0644, "root:x:0:\napp:x:2345:\nextra:x:3456:app\nother:x:4567:root\n")
        .directory("home", 0755, 0)
        .directory("home/app", 0700, 1234)
        .directory("data", 0755, 1234)
        .directory("opt", 0755, 0)
        .directory("opt/bin", 0755, 0)
        .file("opt/bin/probe", 0755, emulation.program("probe"))
        .user("app")
        .workdir("/srv/new")
        .volume("/data")
        .env("PATH=/usr/bin:/opt/bin", "GREETING=a b\nc", "EMPTY=")
        .entrypoint("probe", "", "two words")
        .cmd("line\nend", "é");
  }

  private static List<String> report(Emulation emulation, InitOptions options, String name)
      throws Exception {
    QemuBackend backend = emulation.backend().initOptions(options).build();
    Emulation.Heard heard = new Emulation.Heard();
    QemuEnclave enclave =
        (QemuEnclave) backend.launch(emulation.request(name, image(emulation)), heard);
    try {
      heard.await("APPLICATION probe: listens");
      return read(enclave.vsock());
    } finally {
      enclave.terminate();
    }
  }

  private static List<String> read(Path vsock) throws IOException {
    StringBuilder text = new StringBuilder();
    try (SocketChannel channel = VsockUds.connect(vsock, REPORT_PORT, Duration.ofSeconds(20))) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      while (channel.read(buffer.clear()) >= 0) {
        text.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
      }
    }
    return text.toString().lines().toList();
  }

  private static List<String> valuesOf(List<String> report, String name) {
    return report.stream()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1))
        .toList();
  }

  private static void assertFound(List<String> report, String... lines) {
    for (String line : lines) {
      assertTrue(report.contains(line), () -> line + " is not in\n" + String.join("\n", report));
    }
  }

  private static final InitOptions OPTIONS =
      InitOptions.defaults().withHeartbeat(InitOptions.Heartbeat.OFF);

  @Test
  void isAsTheImageSays() throws Exception {
    List<String> report = report(Emulation.in(directory), OPTIONS, "plain");
    assertFound(
        report,
        "uid=1234,1234",
        "gid=2345,2345",
        "groups=2345,3456",
        "umask=022",
        "cwd=/srv/new",
        "CapEff=0000000000000000",
        "CapPrm=0000000000000000",
        "CapInh=0000000000000000",
        "CapAmb=0000000000000000",
        "write /=Permission denied",
        "write /etc=Permission denied",
        "write /srv/new=Permission denied",
        "write /tmp=yes",
        "write /dev/shm=yes",
        "write /data=yes",
        "write /home/app=yes",
        "open /dev/nsm=Permission denied",
        "open /process=No such file or directory",
        "open /proc/sysrq-trigger=Permission denied",
        "loopback=yes",
        "agent=yes");
    assertEquals(
        List.of("probe", "", "two words", "line\\0aend", "\\c3\\a9"), valuesOf(report, "argument"));
    assertEquals(
        List.of("PATH=/usr/bin:/opt/bin", "GREETING=a b\\0ac", "EMPTY=", "HOME=/home/app"),
        valuesOf(report, "variable"));
  }

  @Test
  void isHardenedWhenAskedTo() throws Exception {
    List<String> report = report(Emulation.in(directory), OPTIONS.withHardened(true), "hardened");
    assertFound(
        report,
        "uid=1234,1234",
        "CapEff=0000000000000000",
        "CapPrm=0000000000000000",
        "CapBnd=0000000000000000",
        "NoNewPrivs=1",
        "write /=Read-only file system",
        "write /etc=Read-only file system",
        "write /home/app=Read-only file system",
        "write /tmp=yes",
        "write /dev/shm=yes",
        "write /data=yes",
        "loopback=yes",
        "agent=yes");
  }
}
