package io.treza.eif.agent;

import io.treza.eif.ConfinedProgram;
import java.util.List;
import java.util.stream.Stream;

/** The agent, with a fake NSM and a Unix socket in place of vsock. */
final class AgentProgram {
  private static final List<String> SOURCES = List.of(
      "main/c/nsm.c",
      "main/c/confined/program.c",
      "main/c/agent/confinement.c",
      "main/c/agent/main.c",
      "main/c/agent/server.c",
      "main/c/agent/frame.c",
      "main/c/agent/listen_local.c",
      "test/c/fake_nsm.c",
      "test/c/listen_here.c");

  private AgentProgram() {}

  static Stream<ConfinedProgram> all() {
    return ConfinedProgram.both(SOURCES);
  }

  static ConfinedProgram confined() {
    return ConfinedProgram.confined(SOURCES);
  }

  static ConfinedProgram underSanitizers() {
    return ConfinedProgram.underSanitizers(SOURCES);
  }
}
