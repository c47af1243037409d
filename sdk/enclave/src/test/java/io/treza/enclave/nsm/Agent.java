package io.treza.enclave.nsm;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testsupport.Requirement;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The attestation agent, built from its sources for this machine, before a {@link Module}. */
public final class Agent implements AutoCloseable {
  private static final Path TOOLS = Path.of("../../nitro-eif-tools/src");

  private final Process process;
  private final Path directory;
  private final ServerSocketChannel device;

  private Agent(Process process, Path directory, ServerSocketChannel device) {
    this.process = process;
    this.directory = directory;
    this.device = device;
  }

  /** Compiles it, or the running test is skipped. */
  public static Path compile(Path directory) throws IOException, InterruptedException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(each -> Files.isExecutable(Path.of(each, "gcc"))),
        "gcc is not installed");
    Path program = directory.resolve("agent");
    List<String> command = new ArrayList<>(List.of(
        "gcc",
        "-std=c11",
        "-D_GNU_SOURCE",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O1",
        "-I",
        TOOLS.resolve("main/c").toString(),
        "-o",
        program.toString()));
    for (String source : List.of(
        "main/c/nsm.c",
        "main/c/confined/program.c",
        "main/c/agent/confinement.c",
        "main/c/agent/main.c",
        "main/c/agent/server.c",
        "main/c/agent/frame.c",
        "main/c/agent/listen_local.c",
        "test/c/no_sandbox.c",
        "test/c/listen_here.c")) {
      command.add(TOOLS.resolve(source).toString());
    }
    command.add("src/test/c/nsm_on_socket.c");
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    if (compiler.waitFor() != 0) {
      throw new IOException(output);
    }
    return program;
  }

  /**
   * Starts one and waits until it says that it is ready.
   *
   * @param user the only one whom it answers
   */
  public static Agent start(Path program, Path directory, Module module, int user)
      throws IOException, InterruptedException {
    ServerSocketChannel device = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(directory.resolve("nsm")));
    Thread thread = new Thread(() -> serve(device, module), "nsm");
    thread.setDaemon(true);
    thread.start();
    Path log = directory.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(
        program.toString(),
        Integer.toString(user),
        directory.resolve("run/agent.sock").toString(),
        "1");
    builder.environment().put("TREZA_AGENT_REMOTE", directory.resolve("remote").toString());
    builder.environment().put("TREZA_TEST_NSM", directory.resolve("nsm").toString());
    builder.redirectError(log.toFile());
    Process process = builder.start();
    InputStream ready = process.getInputStream();
    if (ready.read() != 0) {
      process.waitFor();
      throw new IOException(Files.readString(log));
    }
    return new Agent(process, directory, device);
  }

  /** Starts one that answers the user of this process. */
  public static Agent start(Path program, Path directory, Module module)
      throws IOException, InterruptedException {
    return start(program, directory, module, (Integer)
        Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  /** What the workload connects to. */
  public Path socket() {
    return directory.resolve("run/agent.sock");
  }

  /** The document that somebody outside the enclave gets for a nonce. */
  public byte[] askFromOutside(byte[] nonce) throws IOException {
    try (SocketChannel peer =
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("remote")))) {
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      frame.writeBytes("TZA1".getBytes(UTF_8));
      new DataOutputStream(frame).writeShort(nonce.length);
      frame.writeBytes(nonce);
      frame.write(new byte[512 - nonce.length]);
      Channels.newOutputStream(peer).write(frame.toByteArray());
      DataInputStream answer = new DataInputStream(Channels.newInputStream(peer));
      answer.readNBytes(6);
      return answer.readNBytes(answer.readInt());
    }
  }

  private static void serve(ServerSocketChannel device, Module module) {
    try (SocketChannel agent = device.accept()) {
      DataInputStream in = new DataInputStream(Channels.newInputStream(agent));
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(agent));
      while (true) {
        byte[] answer = module.exchange(in.readNBytes(in.readInt()));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        new DataOutputStream(all).writeInt(answer.length);
        all.writeBytes(answer);
        out.write(all.toByteArray());
      }
    } catch (EOFException | ClosedChannelException e) {
      // The agent's end, or the test's.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has it answer nothing until {@link #resume}. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Has it answer again, first what was asked meanwhile. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
        .start()
        .waitFor();
    if (status != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    device.close();
  }
}
