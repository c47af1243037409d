package io.treza.enclave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.nsm.Agent;
import io.treza.enclave.nsm.Module;
import io.treza.testsupport.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The NSM through the real agent. */
@Timeout(60)
class AgentNsmTest {
  private static final byte[] NONCE = "nonce".getBytes(UTF_8);
  private static final byte[] KEY = "key".getBytes(UTF_8);
  private static final byte[] DATA = "data".getBytes(UTF_8);
  private static final byte[] NONE = {};

  @TempDir
  private static Path build;

  private static Path program;

  @TempDir
  private Path directory;

  private final Module module = new Module();
  private Agent agent;
  private Nsm nsm;

  @BeforeAll
  static void compile() throws Exception {
    program = Agent.compile(build);
  }

  @BeforeEach
  void start() throws Exception {
    agent = Agent.start(program, directory, module);
    nsm = Nsm.agent(agent.socket());
  }

  @AfterEach
  void stop() throws Exception {
    nsm.close();
    agent.close();
  }

  @Test
  void whatIsRegisteredIsInEveryDocument() throws Exception {
    nsm.register(KEY, DATA);
    assertFields(nsm.attest(NONCE), NONCE, KEY, DATA);
    assertFields(agent.askFromOutside(NONCE), NONCE, KEY, DATA);
    nsm.register(NONE, KEY);
    assertFields(agent.askFromOutside(NONCE), NONCE, NONE, KEY);
  }

  @Test
  void theHolderGetsDocumentsWithOtherFields() throws Exception {
    nsm.register(KEY, DATA);
    assertFields(nsm.attest(NONCE, DATA, NONE), NONCE, DATA, NONE);
    assertFields(nsm.attest(NONE, NONE, NONE), NONE, NONE, NONE);
  }

  @Test
  void theLongestFieldsFit() throws Exception {
    byte[] key = new byte[Nsm.MAX_PUBLIC_KEY_BYTES];
    byte[] data = new byte[Nsm.MAX_USER_DATA_BYTES];
    byte[] nonce = new byte[Nsm.MAX_NONCE_BYTES];
    nsm.register(key, data);
    assertFields(nsm.attest(nonce), nonce, key, data);
    assertFields(nsm.attest(nonce, key, data), nonce, key, data);
  }

  @Test
  void longerFieldsAreNamedAndNotSent() {
    assertTrue(refused(() -> nsm.attest(new byte[513])).contains("nonce has 513"));
    assertTrue(refused(() -> nsm.register(new byte[1025], NONE)).contains("public key has 1025"));
    assertTrue(refused(() -> nsm.attest(NONE, NONE, new byte[513])).contains("user data has 513"));
    assertTrue(refused(() -> nsm.extendPcr(16, NONE)).contains("no data"));
    assertTrue(refused(() -> nsm.extendPcr(15, DATA)).contains("PCR15"));
    assertTrue(refused(() -> nsm.lockPcr(32)).contains("PCR32"));
    assertTrue(refused(() -> nsm.describePcr(-1)).contains("PCR-1"));
  }

  @Test
  void registersAreExtendedDescribedAndLocked() throws Exception {
    nsm.register(NONE, NONE);
    assertEquals(new PcrState("11".repeat(48), true), nsm.describePcr(0));
    assertEquals(new PcrState("00".repeat(48), false), nsm.describePcr(16));
    String extended = nsm.extendPcr(16, DATA);
    assertEquals(new PcrState(extended, false), nsm.describePcr(16));
    nsm.lockPcr(16);
    assertEquals(new PcrState(extended, true), nsm.describePcr(16));
    assertEquals(Problem.REFUSED, failure(() -> nsm.extendPcr(16, DATA)));
  }

  @Test
  void randomBytesAreTheModules() throws Exception {
    byte[] random = nsm.random();
    assertEquals(256, random.length);
    assertFalse(Arrays.equals(random, nsm.random()));
  }

  @Test
  void nobodyElseRegistersOrAttestsWithFieldsOfHisOwn() throws Exception {
    try (Nsm other = Nsm.agent(agent.socket())) {
      assertEquals(Problem.NOT_HOLDER, failure(() -> other.attest(NONCE, KEY, DATA)));
      nsm.register(KEY, DATA);
      assertEquals(Problem.NOT_HOLDER, failure(() -> other.register(DATA, KEY)));
      assertEquals(Problem.NOT_HOLDER, failure(() -> other.lockPcr(16)));
      assertFields(other.attest(NONCE), NONCE, KEY, DATA);
    }
  }

  @Test
  void aClosedHolderHasNoSuccessor() throws Exception {
    nsm.register(KEY, DATA);
    nsm.close();
    assertEquals(Problem.LOST, failure(() -> nsm.attest(NONCE)));
    try (Nsm next = Nsm.agent(agent.socket())) {
      assertEquals(Problem.NOT_HOLDER, failure(() -> next.register(KEY, DATA)));
      assertFields(next.attest(NONCE), NONCE, NONE, NONE);
    }
  }

  @Test
  void anInterruptedCallerDoesNotTakeTheRegistrationWithHim() throws Exception {
    nsm.register(KEY, DATA);
    // An answer that is there already is given to an interrupted caller, too.
    agent.pause();
    Thread.currentThread().interrupt();
    assertEquals(Problem.INTERRUPTED, failure(() -> nsm.attest(NONCE)));
    assertTrue(Thread.interrupted());
    agent.resume();
    assertFields(nsm.attest(NONCE), NONCE, KEY, DATA);
    assertFields(agent.askFromOutside(NONCE), NONCE, KEY, DATA);
  }

  @Test
  void moreThanTheRateAllowsIsWaitedForAndNotRefused() throws Exception {
    nsm.register(KEY, DATA);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<byte[]>> documents = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        documents.add(threads.submit(() -> nsm.attest(NONCE)));
      }
      for (Future<byte[]> each : documents) {
        assertFields(each.get(), NONCE, KEY, DATA);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aConnectionThatHoldsNothingIsReplacedWhenTheAgentGivesItsPlaceAway() throws Exception {
    nsm.attest(NONCE);
    List<Nsm> others = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      others.add(Nsm.agent(agent.socket()));
      others.get(i).random();
    }
    assertFields(nsm.attest(NONCE), NONCE, NONE, NONE);
    others.forEach(Nsm::close);
  }

  @Test
  void aHolderWhoseAgentEndedSaysSo() throws Exception {
    nsm.register(KEY, DATA);
    agent.close();
    assertEquals(Problem.LOST, failure(() -> nsm.attest(NONCE)));
    assertEquals(Problem.LOST, failure(() -> nsm.register(KEY, DATA)));
  }

  @Test
  void anAgentThatIsNotThereIsNamed() {
    Path nowhere = directory.resolve("nowhere");
    NsmException e = assertThrows(NsmException.class, () -> Nsm.agent(nowhere));
    assertEquals(Problem.UNREACHABLE, e.problem());
    assertTrue(e.getMessage().contains(nowhere.toString()), e.getMessage());
  }

  @Test
  void anotherUserThanTheImagesIsToldSo() throws Exception {
    Requirement.require(
        (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "only root can give the socket away");
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    try (Agent others = Agent.start(program, elsewhere, module, 12345);
        Nsm stranger = Nsm.agent(others.socket())) {
      assertEquals(Problem.NOT_WORKLOAD, failure(() -> stranger.register(KEY, DATA)));
      assertEquals(Problem.NOT_WORKLOAD, failure(() -> stranger.attest(NONCE)));
    }
  }

  private static void assertFields(byte[] document, byte[] nonce, byte[] key, byte[] data)
      throws Exception {
    AttestationDocument parsed = AttestationDocument.parse(document);
    assertField(nonce, parsed.nonce());
    assertField(key, parsed.publicKey());
    assertField(data, parsed.userData());
  }

  private static void assertField(byte[] expected, Optional<byte[]> found) {
    assertEquals(expected.length > 0, found.isPresent());
    assertArrayEquals(expected, found.orElse(NONE));
  }

  /** A call that fails. */
  @FunctionalInterface
  private interface Call {
    void run() throws Exception;
  }

  private static Problem failure(Call call) {
    return assertThrows(NsmException.class, call::run).problem();
  }

  private static String refused(Call call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }
}
