package io.treza.eif.parent;

import io.treza.eif.ConfinedProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The parent program, with TCP on loopback in place of vsock. */
final class ParentSources {
  private static final List<String> SOURCES = List.of(
      "main/c/channels/buffers.c",
      "main/c/channels/destination.c",
      "main/c/channels/join.c",
      "main/c/channels/parent_frame.c",
      "main/c/channels/server.c",
      "main/c/channels/tunnel.c",
      "main/c/confined/program.c",
      "main/c/parent/address.c",
      "main/c/parent/confinement.c",
      "main/c/parent/egress.c",
      "main/c/parent/lookup.c",
      "main/c/parent/main.c",
      "main/c/parent/names.c",
      "main/c/parent/options.c",
      "main/c/parent/tcp.c",
      "test/c/parent_endpoints_here.c");

  private ParentSources() {}

  /** Both builds, with the limits of a parent. */
  static Stream<ConfinedProgram> all() {
    return ConfinedProgram.both(with("main/c/parent/limits.c"));
  }

  /** Both builds, with limits that tests reach. */
  static Stream<ConfinedProgram> small() {
    return ConfinedProgram.both(with("test/c/parent_limits_small.c"));
  }

  static ConfinedProgram confined() {
    return ConfinedProgram.confined(with("main/c/parent/limits.c"));
  }

  static ConfinedProgram underSanitizers() {
    return ConfinedProgram.underSanitizers(with("main/c/parent/limits.c"));
  }

  private static List<String> with(String limits) {
    List<String> sources = new ArrayList<>(SOURCES);
    sources.add(limits);
    return sources;
  }
}
