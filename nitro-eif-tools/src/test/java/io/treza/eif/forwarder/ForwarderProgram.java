package io.treza.eif.forwarder;

import io.treza.eif.ConfinedProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The forwarder, with Unix sockets and TCP in place of vsock. */
public final class ForwarderProgram {
  private static final List<String> SOURCES = List.of(
      "main/c/channels/buffers.c",
      "main/c/channels/destination.c",
      "main/c/channels/join.c",
      "main/c/channels/parent_frame.c",
      "main/c/channels/server.c",
      "main/c/channels/tunnel.c",
      "main/c/confined/program.c",
      "main/c/forwarder/confinement.c",
      "main/c/forwarder/egress.c",
      "main/c/forwarder/main.c",
      "main/c/forwarder/proxy_head.c",
      "test/c/endpoints_here.c");

  private ForwarderProgram() {}

  /** Both builds, with the limits of an enclave. */
  static Stream<ConfinedProgram> all() {
    return ConfinedProgram.both(with("main/c/forwarder/limits.c"));
  }

  /** Both builds, with limits that tests reach. */
  static Stream<ConfinedProgram> small() {
    return ConfinedProgram.both(with("test/c/limits_small.c"));
  }

  static ConfinedProgram confined() {
    return ConfinedProgram.confined(with("main/c/forwarder/limits.c"));
  }

  public static ConfinedProgram underSanitizers() {
    return ConfinedProgram.underSanitizers(with("main/c/forwarder/limits.c"));
  }

  private static List<String> with(String limits) {
    List<String> sources = new ArrayList<>(SOURCES);
    sources.add(limits);
    return sources;
  }
}
