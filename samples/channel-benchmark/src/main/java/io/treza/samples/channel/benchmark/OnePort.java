package io.treza.samples.channel.benchmark;

import io.treza.platform.channel.EnclaveTransport;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A Unix socket that is one port of an enclave, at once. */
record OnePort(Path path) implements EnclaveTransport {
  @Override
  public Route route(long port) {
    return new Route(UnixDomainSocketAddress.of(path), Optional.empty());
  }

  @Override
  public SocketChannel connect(long port, Duration limit) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  @Override
  public ServerSocketChannel listen(long port) throws IOException {
    throw new IOException("this enclave does not reach out");
  }
}
