package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.aws.Calls.Crash;
import io.treza.aws.internal.ec2.Patience;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A launch that fails anywhere leaves nothing; one whose process dies anywhere is finished. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2InterruptedTest {
  /** What a launch takes; {@link Ec2LaunchTest} names them. */
  private static final int CALLS = 19;

  /** Which of them starts the instance. */
  private static final int RUN_INSTANCES = 7;

  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  static IntStream calls() {
    return IntStream.rangeClosed(1, CALLS);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void leavesNothingWhenTheAnswerToACallIsLost(int call) throws Exception {
    try (Ec2Backend backend = account.backend()) {
      account.calls().loseAnswer(call);
      assertThrows(IOException.class, () -> backend.launch(account.request(), account.listener()));
      assertEquals(List.of(), account.leftovers(), account.calls().operations().toString());
    }
  }

  @Test
  void leavesNoInstanceThatNobodyHeardOfAndThatIsNotFoundByItsTagsYet() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      account.aws().hideInstances(3);
      account.calls().loseAnswer(RUN_INSTANCES);
      assertThrows(IOException.class, () -> backend.launch(account.request(), account.listener()));
      assertEquals("Ec2.RunInstances", account.calls().operations().get(RUN_INSTANCES - 1));
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void launchesAfterAFailedLaunch() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      account.calls().loseAnswer(CALLS);
      assertThrows(IOException.class, () -> backend.launch(account.request(), account.listener()));
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertEquals(3, account.leftovers().size());
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  void findsAndRemovesALaunchWhoseProcessDiedWithoutFinishingIt(int call) throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(call);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    List<String> before = account.leftovers();
    int running = account.aws().nitro().running();
    try (Ec2Backend second = account.backend()) {
      Optional<RunningEnclave> found = second.reattach(account.request(), account.listener());
      assertEquals(call == CALLS, found.isPresent(), "launched to the end, or not");
      assertEquals(before, account.leftovers(), "looking changes nothing");
      assertEquals(running, account.aws().nitro().running());
      second.remove(account.request());
      assertEquals(List.of(), account.leftovers());
      second.remove(account.request());
    }
  }

  /** As the platform goes on: it looks for the enclave, and launches it if there is none. */
  @ParameterizedTest
  @MethodSource("calls")
  void finishesALaunchWhoseProcessDied(int call) throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(call);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    try (Ec2Backend second = account.backend()) {
      Optional<RunningEnclave> found = second.reattach(account.request(), account.listener());
      RunningEnclave enclave =
          found.isPresent() ? found.get() : second.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertEquals(1, account.aws().nitro().running());
      assertEquals(3, account.leftovers().size(), "one instance, one object, one document");
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void findsARunningEnclaveAgainAsItWas() throws Exception {
    RunningEnclave enclave;
    try (Ec2Backend first = account.backend()) {
      enclave = first.launch(account.request(), account.listener());
    }
    try (Ec2Backend second = account.backend()) {
      RunningEnclave found =
          second.reattach(account.request(), account.listener()).orElseThrow();
      assertEquals(enclave.pcrs(), found.pcrs());
      assertEquals(enclave.moduleId(), found.moduleId());
      assertTrue(found.evidence(NONCE).length > 0);
    }
  }

  @Test
  void findsAPausedEnclaveAgainAndResumesIt() throws Exception {
    try (Ec2Backend first = account.backend()) {
      first.launch(account.request(), account.listener()).pause();
    }
    try (Ec2Backend second = account.backend()) {
      RunningEnclave found =
          second.reattach(account.request(), account.listener()).orElseThrow();
      assertEquals(Optional.empty(), found.moduleId());
      found.resume();
      assertTrue(found.evidence(NONCE).length > 0);
    }
  }

  /** The first call looks for the instance, the last sees that it has stopped. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6, 7, 8})
  void finishesAPauseWhoseProcessDied(int call) throws Exception {
    try (Ec2Backend first = account.backend()) {
      RunningEnclave enclave = first.launch(account.request(), account.listener());
      account.calls().crashAfter(call);
      assertThrows(Crash.class, enclave::pause);
    }
    try (Ec2Backend second = account.backend()) {
      RunningEnclave found =
          second.reattach(account.request(), account.listener()).orElseThrow();
      found.pause();
      assertEquals(0, account.aws().nitro().running());
      assertEquals("stopped", account.instanceState());
      found.resume();
      assertTrue(found.evidence(NONCE).length > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 6, 8, 14})
  void finishesAResumeWhoseProcessDied(int call) throws Exception {
    try (Ec2Backend first = account.backend()) {
      RunningEnclave enclave = first.launch(account.request(), account.listener());
      enclave.pause();
      account.calls().crashAfter(call);
      assertThrows(Crash.class, enclave::resume);
    }
    try (Ec2Backend second = account.backend()) {
      RunningEnclave found =
          second.reattach(account.request(), account.listener()).orElseThrow();
      found.resume();
      assertEquals(1, account.aws().nitro().running());
      assertTrue(found.evidence(NONCE).length > 0);
    }
  }

  @Test
  void removesWhatIsLeftOfAnEnclaveThatEnded() throws Exception {
    try (Ec2Backend first = account.backend()) {
      RunningEnclave enclave = first.launch(account.request(), account.listener());
      account.aws().nitro().end(enclave.moduleId().orElseThrow().replaceAll("-enc.*", ""));
    }
    try (Ec2Backend second = account.backend()) {
      assertEquals(Optional.empty(), second.reattach(account.request(), account.listener()));
      second.remove(account.request());
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void saysWhatIsLeftWhenItCannotBeRemoved() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      account.calls().refuse("Ec2.TerminateInstances", "UnauthorizedOperation", "not you");
      String message = assertThrows(IOException.class, enclave::terminate).getMessage();
      assertTrue(message.contains("treza:enclave=enc_1"), message);
      assertTrue(message.contains("lacks ec2:TerminateInstances"), message);
      assertEquals(1, account.leftovers().size(), "all the rest is removed");
      account.calls().heal();
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void leavesNothingWhenTheThreadIsInterrupted() throws Exception {
    try (Ec2Backend backend = account
        .builder()
        .patience(new Patience(System::nanoTime, pause -> {
          throw new InterruptedException();
        }))
        .build()) {
      assertThrows(
          InterruptedException.class, () -> backend.launch(account.request(), account.listener()));
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void removesTheRestWhenItIsInterruptedWhileItRemoves() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      account.calls().interrupt("Ssm.DeleteDocument");
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      String message = assertThrows(IOException.class, enclave::terminate).getMessage();
      assertTrue(Thread.interrupted(), "whoever interrupted is heard");
      assertTrue(message.contains("document: interrupted"), message);
      account.calls().heal();
      assertEquals(List.of("treza-test.enc_1"), account.leftovers());
    }
  }
}
