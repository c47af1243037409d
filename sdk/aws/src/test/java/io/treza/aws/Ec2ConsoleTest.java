package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** In debug mode, and only then, what an enclave prints is in its log. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2ConsoleTest {
  private static final String PRINTED = """
      [    0.0] Linux version\r
      treza-init: application started
      first order
      unended""";

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
    account.aws().nitro().consoleHas(PRINTED);
  }

  private LaunchRequest request(boolean debugMode) {
    return new LaunchRequest(Account.ENCLAVE, Account.IMAGE, "us-east-1", 2, 512, debugMode);
  }

  private List<String> printed() {
    List<String> log = account.log();
    int first = log.indexOf("BOOT [    0.0] Linux version");
    return first < 0 ? List.of() : List.copyOf(log.subList(first, log.size()));
  }

  @Test
  void isReadOnceWhenTheEnclaveEnds() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      backend.launch(request(true), account.listener()).terminate();
    }
    assertEquals(
        List.of(
            "BOOT [    0.0] Linux version",
            "BOOT treza-init: application started",
            "APPLICATION first order",
            "APPLICATION unended"),
        printed());
  }

  @Test
  void isAnotherAfterAPause() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(request(true), account.listener());
      enclave.pause();
      int before = printed().size();
      account.aws().nitro().consoleHas("treza-init: application started\nsecond order\n");
      enclave.resume();
      enclave.terminate();
      List<String> second = printed().subList(before, printed().size());
      assertEquals(
          List.of("BOOT treza-init: application started", "APPLICATION second order"),
          second.subList(second.size() - 2, second.size()));
    }
  }

  @Test
  void isNotReadAtAllWithoutDebugMode() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      backend.launch(request(false), account.listener()).terminate();
    }
    assertEquals(List.of(), printed());
    assertFalse(account.aws().nitro().calls().stream().anyMatch(call -> call.contains("console")));
    assertFalse(account.aws().commands().sent().stream()
        .anyMatch(command -> command.get("operation").equals("logs")));
  }
}
