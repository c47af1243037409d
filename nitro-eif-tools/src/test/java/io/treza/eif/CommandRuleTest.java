package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.ImageConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandRuleTest {
  private static final List<String> ENTRYPOINT = List.of("/app", "-x");
  private static final List<String> CMD = List.of("serve");

  private static List<String> command(CommandRule rule, List<String> entrypoint, List<String> cmd) {
    return rule.command(new ImageConfig("amd64", "linux", entrypoint, cmd, List.of(), "", ""));
  }

  @Test
  void dockerRunsEntrypointFollowedByCmd() {
    assertEquals(List.of("/app", "-x", "serve"), command(CommandRule.DOCKER, ENTRYPOINT, CMD));
    assertEquals(CMD, command(CommandRule.DOCKER, List.of(), CMD));
  }

  @Test
  void nitroCliRunsCmdAloneOrElseEntrypoint() {
    assertEquals(CMD, command(CommandRule.NITRO_CLI, ENTRYPOINT, CMD));
    assertEquals(ENTRYPOINT, command(CommandRule.NITRO_CLI, ENTRYPOINT, List.of()));
  }
}
