package io.treza.samples.serviceimage;

import io.treza.platform.QemuInstallation;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.qemu.Machine;
import io.treza.platform.internal.qemu.MachineSettings;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * An enclave in QEMU as its parent instance sees it: a vsock, and a console. Its documents, which
 * QEMU's NSM does not sign, are signed here under a development root.
 */
final class EmulatedEnclave implements Closeable {
  private static final int MEMORY_MIB = 768;
  private static final int MAX_DOCUMENT_BYTES = 0x4000;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final String name;
  private final Machine machine;
  private final CertificateChain chain;
  private final ServerSocket signer;
  private final Consumer<String> console;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /**
   * Switches one on.
   *
   * @param eif with the kernel of the installation
   * @param cid its number on the vsock, from 3
   */
  EmulatedEnclave(
      QemuInstallation programs, DevelopmentRoot root, Path eif, int cid, Consumer<String> console)
      throws IOException, InterruptedException {
    this.name = String.valueOf(eif.getFileName());
    this.console = console;
    this.chain = CertificateChain.builder(root).build();
    this.signer = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    MachineSettings settings = new MachineSettings(
        eif, MEMORY_MIB, 1, true, false, chain.moduleId(), chain.instanceId(), Optional.empty());
    this.machine = Machine.boot(programs, settings, cid, this::heard);
    CompletableFuture<Void> unused = machine.stopped()
        .thenRun(() -> ready.completeExceptionally(new IOException(name + " has ended")));
    Thread thread = new Thread(this::sign, "signer of " + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until the program in it serves. */
  EmulatedEnclave awaitReady() throws IOException, InterruptedException {
    try {
      ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return this;
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(name + " did not start; its console says why", e);
    }
  }

  /** The way in and out. */
  EnclaveTransport transport() {
    return EnclaveTransport.unixSocket(machine.vsock());
  }

  /** Where the program in it has its documents signed. */
  InetSocketAddress signer() {
    return (InetSocketAddress) signer.getLocalSocketAddress();
  }

  /** The parent instance's id, which PCR4 measures; each emulated enclave has a parent of its own. */
  String instanceId() {
    return chain.instanceId();
  }

  /** A document from the agent, as the parent instance gets it for any nonce. */
  byte[] evidence(byte[] nonce) throws IOException {
    return signed(new AgentClient(limit -> transport().connect(AgentClient.PORT, limit))
        .document(nonce, Duration.ofSeconds(30)));
  }

  private byte[] signed(byte[] unsigned) {
    return DocumentBuilder.of(chain, unsigned).build();
  }

  private void heard(String line) {
    console.accept(name + ": " + line);
    if (line.endsWith(": ready")) {
      ready.complete(null);
    }
  }

  private void sign() {
    while (!signer.isClosed()) {
      try (Socket socket = signer.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int length = in.readInt();
        byte[] signed = signed(in.readNBytes(Math.min(Math.max(length, 0), MAX_DOCUMENT_BYTES)));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(signed.length);
        out.write(signed);
      } catch (IOException | IllegalArgumentException e) {
        if (!signer.isClosed()) {
          console.accept(name + ": not signed: " + e);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    machine.close();
    signer.close();
  }
}
