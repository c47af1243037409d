package io.treza.eif.agent;

import static io.treza.eif.agent.Frames.NONE;
import static io.treza.eif.agent.Frames.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom the agent hangs up on by itself. The waits are its own, up to ten seconds. */
@Timeout(120)
class DeadlineTest {
  private static final byte[] NONCE = bytes("nonce");
  private static final byte[] KEY = bytes("key");

  @TempDir
  Path directory;

  @Test
  void hangsUpOnThoseWhoDoNotFinishARequestButNotOnTheHolder() throws Exception {
    byte[] request = Frames.attest(NONCE);
    try (ConfinedProgram program = AgentProgram.underSanitizers();
        RunningAgent agent = RunningAgent.start(program, directory, ConfinedProgram.userId());
        Peer holder = agent.inside();
        Peer idle = agent.inside()) {
      assertEquals(Answer.OK, holder.ask(Frames.register(KEY, NONE)).status());
      holder.send(Arrays.copyOf(request, 7));
      try (Peer silent = agent.outside();
          Peer half = agent.outside().send(Arrays.copyOf(Frames.remote(NONCE), 300));
          Peer other = agent.inside().send(Arrays.copyOf(request, 7))) {
        assertTrue(silent.ends());
        assertTrue(half.ends());
        assertTrue(other.ends());
      }
      assertTrue(idle.ask(request).document().is(NONCE, KEY, NONE));
      holder.send(Arrays.copyOfRange(request, 7, request.length));
      assertTrue(holder.answer().document().is(NONCE, KEY, NONE));
    }
  }

  @Test
  void hangsUpAfterALastAnswer() throws Exception {
    try (ConfinedProgram program = AgentProgram.underSanitizers();
        RunningAgent agent = RunningAgent.start(program, directory, ConfinedProgram.userId());
        Peer holder = agent.inside();
        Peer outside = agent.outside()) {
      assertTrue(outside.ask(Frames.remote(NONCE)).document().is(NONCE, NONE, NONE));
      holder.ask(Frames.register(KEY, NONE));
      assertEquals(Answer.BAD_REQUEST, holder.ask(bytes("?")).status());
      assertTrue(outside.ends());
      assertTrue(holder.ends());
      assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
    }
  }
}
