package io.treza.platform.internal.channel;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;

/** Vsock behind a Unix socket of the host. */
public record UnixSocketTransport(Path uds) implements EnclaveTransport {
  /** Connections that wait to be accepted; the kernel lowers it to {@code net.core.somaxconn}. */
  private static final int BACKLOG = 4096;

  @Override
  public Route route(long port) {
    return new Route(UnixDomainSocketAddress.of(uds), Optional.of(VsockUds.request(port)));
  }

  @Override
  public SocketChannel connect(long port, Duration limit) throws IOException {
    return VsockUds.connect(uds, port, limit);
  }

  @Override
  public ServerSocketChannel listen(long port) throws IOException {
    Path path = Path.of(uds + "_" + port);
    removeIfDead(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      return server.bind(UnixDomainSocketAddress.of(path), BACKLOG);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** A process that was killed leaves its socket behind, at which nobody answers any more. */
  private static void removeIfDead(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    if (!Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS).isOther()) {
      throw new BindException(path + ": a file that is no socket is there");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException e) {
      Files.delete(path);
      return;
    }
    throw new BindException(path + ": another process listens there");
  }
}
