package io.treza.platform;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a program on the server's machine needs that stands in for the workload of an enclave that is
 * simulated, and so runs none.
 *
 * @param agentSocket the Unix socket that answers as {@code /run/treza/agent.sock} does in an
 *     enclave; only the server's user can reach it
 * @param egressProxy the HTTP proxy that leads to the allowed hosts; empty if there are none
 */
public record StandIn(Path agentSocket, Optional<InetSocketAddress> egressProxy) {}
