package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.TrustAnchor;
import io.treza.aws.Calls.Crash;
import io.treza.eif.EifMeasurements;
import io.treza.platform.EnclaveRefusedException;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What can go wrong is overcome, or named with what to do about it; and nothing is left behind. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2FailuresTest {
  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);
  private static final String PROFILE_UNKNOWN =
      "Value (treza-parent) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance"
          + " Profile name";
  /** Of the calls of a launch, that which starts the instance. */
  private static final int RUN_INSTANCES = 7;

  /** The last before evidence is asked for; then the enclave runs. */
  private static final int LAST_BUT_EVIDENCE = 16;

  private static final EifMeasurements ANOTHER =
      new EifMeasurements("a1".repeat(48), "b2".repeat(48), "c3".repeat(48));

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  private String failure(LaunchRequest request) throws IOException, InterruptedException {
    return failure(account.builder(), request);
  }

  private String failure(Ec2Backend.Builder builder, LaunchRequest request)
      throws IOException, InterruptedException {
    try (Ec2Backend backend = builder.build()) {
      IOException failure =
          assertThrows(IOException.class, () -> backend.launch(request, account.listener()));
      StringWriter all = new StringWriter();
      failure.printStackTrace(new PrintWriter(all));
      all.append(account.log().toString());
      assertFalse(all.toString().contains(Account.SECRET), all.toString());
      assertFalse(all.toString().contains(Account.TOKEN), all.toString());
      account.calls().heal();
      assertEquals(List.of(), account.leftovers());
      return String.valueOf(failure.getMessage());
    }
  }

  private static void assertSays(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Ec2.DescribeInstances|ExpiredToken|the token is expired|sign in again",
        "S3.PutObject|ExpiredToken|the token is expired|sign in again",
        "Ssm.CreateDocument|ExpiredTokenException|the token is expired|sign in again",
        "Ec2.RunInstances|RequestExpired|Request has expired|set this machine's clock",
        "Ec2.DescribeInstances|AuthFailure|no|AWS does not accept these credentials",
        "S3.PutObject|SignatureDoesNotMatch|GET x-amz-security-token:verysecrettoken|does not accept",
        "Ec2.RunInstances|RequestLimitExceeded|Request limit exceeded.|throttles this account's",
        "Ssm.SendCommand|ThrottlingException|Rate exceeded|throttles this account's calls",
        "S3.PutObject|SlowDown|Please reduce your request rate.|throttles this account's calls",
        "Ec2.RunInstances|UnauthorizedOperation|not authorized to perform: iam:PassRole on resource:"
            + " arn:aws:iam::1:role/r|lacks iam:PassRole for the role in the instance profile",
        "Ssm.SendCommand|AccessDeniedException|not authorized|lacks ssm:SendCommand",
        "S3.PutObject|AccessDenied|Access Denied|lacks s3:PutObject",
        "Ec2.RunInstances|InsufficientInstanceCapacity|none|try again later, another subnet",
        "Ec2.RunInstances|VcpuLimitExceeded|too many|ask AWS for a higher quota",
        "Ec2.RunInstances|Unsupported|not here|take another subnet or type",
        "S3.PutObject|NoSuchBucket|The specified bucket does not exist|must be in the backend's region",
        "S3.PutObject|PermanentRedirect|another endpoint|must be in the backend's region",
        "Ssm.CreateDocument|DocumentLimitExceeded|too many|each enclave takes one",
        "Ssm.SendCommand|InvalidInstanceId|not valid|ssm:SendCommand: InvalidInstanceId: not valid",
      })
  void namesWhatAwsRefusesAndWhatToDo(String operation, String code, String text, String says)
      throws Exception {
    account.calls().refuse(operation, code, text);
    assertSays(says, failure(account.request()));
  }

  @ParameterizedTest
  @CsvSource({
    "E22, not enough cores",
    "E26, less than four times its image's size",
    "E27, not enough huge pages",
    "E35, nitro-enclaves-allocator.service",
    "E36, boot the same image with --backend qemu",
    "E39, has ended"
  })
  void saysWhatToDoAboutNitroClisErrors(String code, String says) throws Exception {
    account.aws().nitro().refuse("run-enclave", code);
    String message = failure(account.request());
    assertSays("run failed: nitro-cli " + code, message);
    assertSays(says, message);
  }

  @Test
  void repeatsWhatNitroCliSaysWithoutAKnownCode() throws Exception {
    account.aws().nitro().refuse("describe-eif", "E99");
    assertSays("fetch failed: Start allocating memory... [ E99 ]", failure(account.request()));
  }

  @Test
  void waitsForCommandsThatAreNotKnownYetOrTakeTheirTime() throws Exception {
    account
        .aws()
        .commands()
        .firstFind("InvocationDoesNotExist", "Pending", "Delayed", "InProgress", "InProgress");
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
    }
  }

  @Test
  void givesUpOnACommandThatNeverEnds() throws Exception {
    String[] forever = new String[2000];
    Arrays.fill(forever, "InProgress");
    account.aws().commands().firstFind(forever);
    assertSays("has not finished fetch", failure(account.request()));
    assertTrue(account.elapsed().compareTo(Duration.ofMinutes(20)) > 0);
  }

  @ParameterizedTest
  @CsvSource({
    "TimedOut, did not reach the instance",
    "Cancelled, was ended by somebody",
  })
  void saysHowACommandEndedOtherwise(String status, String says) throws Exception {
    account.aws().commands().firstFind(status);
    assertSays(says, failure(account.request()));
  }

  @ParameterizedTest
  @ValueSource(ints = {24_000, 30_000})
  void takesNoOutputThatIsCutOff(int length) throws Exception {
    account.aws().commands().print("[" + " ".repeat(length));
    assertSays("the answer to fetch is cut off", failure(account.request()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"Measurements\": {\"PCR0\": \"", "", "Segmentation fault"})
  void takesNoOutputThatIsNotWhole(String printed) throws Exception {
    account.aws().commands().print(printed);
    String message = failure(account.request());
    assertTrue(message.contains("only part of it") || message.contains("PCR0 is missing"), message);
  }

  @Test
  void waitsForAnInstanceProfileThatEc2DoesNotKnowYet() throws Exception {
    account.aws().refuseNext("RunInstances", 3, 400, "InvalidParameterValue", PROFILE_UNKNOWN);
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
    }
  }

  @Test
  void removesAnInstanceThatIsNotFoundByItsTagsYetAndUnknownForAMoment() throws Exception {
    account.aws().hideInstances(1000);
    account
        .aws()
        .refuseNext("TerminateInstances", 2, 400, "InvalidInstanceID.NotFound", "does not exist");
    account.calls().refuse("Ssm.CreateDocument", "AccessDeniedException", "not you");
    assertSays("lacks ssm:CreateDocument", failure(account.request()));
    assertTrue(account.calls().operations().contains("Ec2.RunInstances"));
  }

  @Test
  void stopsTheInstanceAgainIfItsEnclaveCannotBeResumed() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      account.aws().nitro().refuse("run-enclave", "E27");
      assertSays("E27", assertThrows(IOException.class, enclave::resume).getMessage());
      assertEquals("stopped", account.instanceState());
      account.aws().nitro().heal();
      enclave.resume();
      assertTrue(enclave.evidence(NONCE).length > 0);
    }
  }

  @Test
  void givesUpOnAnInstanceProfileThatIsNone() throws Exception {
    account.aws().refuseNext("RunInstances", 1000, 400, "InvalidParameterValue", PROFILE_UNKNOWN);
    assertSays("knows no instance profile treza-parent; make it", failure(account.request()));
  }

  @Test
  void repeatsCallsThatAreThrottledOrFailOnce() throws Exception {
    account.aws().refuseNext("RunInstances", 1, 503, "RequestLimitExceeded", "Slow down.");
    account.aws().refuseNext("DescribeInstances", 2, 500, "InternalError", "Try again.");
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
    }
  }

  @Test
  void saysWhyAnInstanceNeverTakesCommands() throws Exception {
    account.aws().commands().stayOffline();
    assertSays("AmazonSSMManagedInstanceCore", failure(account.request()));
    assertTrue(account.elapsed().compareTo(Duration.ofMinutes(10)) >= 0);
  }

  @Test
  void saysThatThereAreNoCredentials() throws Exception {
    AwsCredentialsProvider none = () -> {
      throw SdkClientException.create("Unable to load credentials from any of the providers");
    };
    String message;
    try (Ec2Backend backend = account.builder().credentials(none).build()) {
      message = assertThrows(
              IOException.class, () -> backend.launch(account.request(), account.listener()))
          .getMessage();
    }
    assertSays("there are no AWS credentials", message);
  }

  @Test
  void saysThatAwsCannotBeReached() throws Exception {
    try (Ec2Backend backend =
        account.builder().endpoint(URI.create("http://127.0.0.1:1")).build()) {
      IOException failure = assertThrows(
          IOException.class, () -> backend.launch(account.request(), account.listener()));
      assertSays("no answer from AWS", failure.getMessage());
    }
  }

  @Test
  void namesTheRegionWhenSubnetAndGroupsAreOfAnother() throws Exception {
    LaunchRequest request = new LaunchRequest("enc_1", Account.IMAGE, "eu-west-1", 2, 512, false);
    assertSays("not in this region", failure(account.builder().region("eu-west-1"), request));
  }

  @Test
  void refusesARequestForAnotherRegion() throws Exception {
    LaunchRequest request = new LaunchRequest("enc_1", Account.IMAGE, "eu-west-1", 2, 512, false);
    assertSays("this server's is us-east-1", failure(request));
  }

  @Test
  void refusesASecurityGroupThatLetsCallersIn() throws Exception {
    account.open("tcp", 22, 22);
    assertSays("lets callers in (tcp 22 from 0.0.0.0/0)", failure(account.request()));
  }

  @Test
  void resumesNothingBehindASecurityGroupThatWasOpenedMeanwhile() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      account.open("tcp", 22, 22);
      assertSays(
          "lets callers in (tcp 22 from 0.0.0.0/0)",
          assertThrows(IOException.class, enclave::resume).getMessage());
      assertEquals("stopped", account.instanceState());
      assertFalse(account.calls().operations().contains("Ec2.StartInstances"));
    }
  }

  @Test
  void finishesNoLaunchBehindASecurityGroupThatWasOpenedMeanwhile() throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(RUN_INSTANCES);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    account.open("tcp", 22, 22);
    assertSays("lets callers in (tcp 22 from 0.0.0.0/0)", failure(account.request()));
  }

  /** A group that the instance was given since, and the settings do not name. */
  @Test
  void resumesNothingBehindASecurityGroupThatOnlyTheInstanceHas() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      String opened = account.addOpenGroup(443);
      String message = assertThrows(IOException.class, enclave::resume).getMessage();
      assertSays(opened + " lets callers in (tcp 443 from 0.0.0.0/0)", message);
      assertEquals("stopped", account.instanceState());
    }
  }

  /** What is written beside the instance in the account is no word about the image. */
  @Test
  void believesNoTagAboutTheImageOfALaunchThatWasCutOff() throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(RUN_INSTANCES);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    account.tag("treza:pcr0", ANOTHER.pcr0());
    account.tag("treza:pcr1", ANOTHER.pcr1());
    account.tag("treza:pcr2", ANOTHER.pcr2());
    account.aws().nitro().measureAs(ANOTHER);
    account.aws().nitro().swapImage(ANOTHER);
    assertSays("measures the enclave image differently: PCR0 is a1a1", failure(account.request()));
  }

  /** Nor that its launch was finished: what is found again proves itself. */
  @Test
  void findsNoEnclaveAgainThatIsNotTheOneThatWasBuilt() throws Exception {
    account.aws().nitro().swapImage(ANOTHER);
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(LAST_BUT_EVIDENCE);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    account.tag("treza:state", "RUNNING");
    try (Ec2Backend second = account.backend()) {
      String message = assertThrows(
              EnclaveRefusedException.class,
              () -> second.reattach(account.request(), account.listener()))
          .getMessage();
      assertSays("the enclave that runs is not the one that was built", message);
      second.remove(account.request());
    }
    assertEquals(List.of(), account.leftovers());
  }

  /** Neither is evidence that it is gone, or another. */
  @ParameterizedTest
  @CsvSource({
    "Ec2.DescribeInstances, ExpiredToken, sign in again",
    "Ec2.DescribeInstances, RequestLimitExceeded, try again later",
    "Ssm.SendCommand, ExpiredTokenException, sign in again",
    "Ssm.GetCommandInvocation, ThrottlingException, try again later",
  })
  void cannotTellWhetherAnEnclaveIsThereWhenAwsDoesNotAnswer(
      String operation, String code, String says) throws Exception {
    RunningEnclave enclave;
    try (Ec2Backend first = account.backend()) {
      enclave = first.launch(account.request(), account.listener());
      account.calls().refuse(operation, code, "no");
      if (operation.startsWith("Ssm")) {
        assertThrows(IOException.class, () -> enclave.evidence(NONCE));
        assertEquals(List.of(), account.ends());
      }
    }
    try (Ec2Backend second = account.backend()) {
      IOException failure = assertThrows(
          IOException.class, () -> second.reattach(account.request(), account.listener()));
      assertFalse(failure instanceof EnclaveRefusedException, failure.toString());
      assertSays(says, failure.getMessage());
      account.calls().heal();
      assertEquals(
          enclave.moduleId(),
          second.reattach(account.request(), account.listener()).orElseThrow().moduleId());
    }
  }

  @Test
  void findsNoEnclaveAgainOfWhichNothingIsKeptHere() throws Exception {
    try (Ec2Backend first = account.backend()) {
      first.launch(account.request(), account.listener());
    }
    account.forget();
    try (Ec2Backend second = account.backend()) {
      String message = assertThrows(
              EnclaveRefusedException.class,
              () -> second.reattach(account.request(), account.listener()))
          .getMessage();
      assertSays("terminate the enclave and create it again", message);
      second.remove(account.request());
    }
    assertEquals(List.of(), account.leftovers());
  }

  @Test
  void buildsAnewForAnInstanceOfWhichNothingIsKeptHere() throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(RUN_INSTANCES);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    account.forget();
    try (Ec2Backend second = account.backend()) {
      RunningEnclave enclave = second.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertEquals(3, account.leftovers().size(), "one instance, one object, one document");
    }
  }

  /** Server.InternalError and its like come while the instance is pending; waiting is for nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Server.InternalError | Internal error on launch | AWS failed: try again",
        "Client.VolumeLimitExceeded | Volume limit exceeded | delete volumes, or ask AWS",
        "Client.InternalError | Client error on launch | encrypted volume's KMS key",
        "Server.SomethingNew | Nobody knows | Server.SomethingNew Nobody knows",
      })
  void namesWhyAnInstanceEndedAtOnce(String code, String reason, String says) throws Exception {
    account.aws().endInstances("terminated", code, reason);
    String message = failure(account.request());
    assertSays("is terminated: " + code + " " + reason, message);
    assertSays(says, message);
    assertEquals(Duration.ZERO, account.elapsed(), "nothing is waited for");
  }

  @Test
  void namesWhyAnInstanceEndedBeforeItTookCommands() throws Exception {
    account.aws().commands().stayOffline();
    account.aws().endInstancesLater("shutting-down", "Client.InstanceInitiatedShutdown", "halted");
    assertSays("is shutting-down: Client.InstanceInitiatedShutdown", failure(account.request()));
    assertTrue(account.elapsed().compareTo(Duration.ofSeconds(10)) < 0, "a look later");
  }

  @Test
  void namesWhyAnInstanceEndedWhileItCarriedOutACommand() throws Exception {
    String[] forever = new String[2000];
    Arrays.fill(forever, "InProgress");
    account.aws().commands().firstFind(forever);
    account.aws().endInstancesLater("terminated", "Client.UserInitiatedShutdown", "by somebody");
    assertSays("CloudTrail says who", failure(account.request()));
    assertTrue(account.elapsed().compareTo(Duration.ofSeconds(30)) < 0);
  }

  @Test
  void namesWhyAnInstanceStopsAgainWhenItIsResumed() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      Duration before = account.elapsed();
      account
          .aws()
          .endInstancesLater("stopped", "Server.InsufficientInstanceCapacity", "no capacity");
      String message = assertThrows(IOException.class, enclave::resume).getMessage();
      assertSays("is stopped: Server.InsufficientInstanceCapacity", message);
      assertSays("try again later, another subnet", message);
      assertTrue(account.elapsed().minus(before).compareTo(Duration.ofMinutes(1)) < 0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "t3.xlarge | 2 | 512 | cannot hold enclaves",
        "m6g.xlarge | 2 | 512 | the enclave's kernel is for x86_64",
        "m6i.xlarge | 1 | 512 | whole cores, which on m6i.xlarge are 2 vCPUs",
        "m6i.xlarge | 0 | 512 | whole cores",
        "m6i.xlarge | 4 | 512 | so 2 are left for an enclave; they must also be of one NUMA node",
        "m6i.xlarge | 2 | 16384 | so 15360 are left for an enclave, in huge pages",
        "m6i.xlarge | 2 | 32 | at least 64",
        "m6i.xlarge | 2 | 513 | in whole huge pages of 2 MiB",
      })
  void saysWhyAnEnclaveDoesNotFitAnInstanceType(String type, int cpus, int memory, String says)
      throws Exception {
    LaunchRequest request =
        new LaunchRequest("enc_1", Account.IMAGE, "us-east-1", cpus, memory, false);
    assertSays(says, failure(account.builder().instanceType(type), request));
    assertFalse(account.calls().operations().contains("S3.PutObject"));
  }

  @Test
  void refusesAnImageTooLargeForTheMemoryBeforeAnythingIsStarted() throws Exception {
    Ec2Backend.Builder builder = account.builder();
    Files.write(directory.resolve("blobs/nsm.ko"), randomBytes());
    assertSays(
        "takes at least 65 MiB, 4 times its size",
        failure(builder, new LaunchRequest("enc_1", Account.IMAGE, "us-east-1", 2, 64, false)));
    assertFalse(account.calls().operations().contains("Ec2.RunInstances"));
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[1 << 24];
    new Random(0).nextBytes(bytes);
    return bytes;
  }

  @Test
  void failsWhenTheInstanceRunsAnotherImageThanWasBuilt() throws Exception {
    account.aws().nitro().swapImage(ANOTHER);
    assertSays("the enclave that runs is not the one that was built", failure(account.request()));
  }

  @Test
  void failsWhenNitroCliMeasuresAnotherImageThanWasBuilt() throws Exception {
    account.aws().nitro().measureAs(ANOTHER);
    assertSays("measures the enclave image differently: PCR0 is a1a1", failure(account.request()));
    assertEquals(1, account.aws().nitro().calls().size(), "nothing was run");
  }

  @ParameterizedTest
  @CsvSource({"2, ask again later", "3, the enclave's NSM gave", "9, status 9"})
  void saysWhyTheAgentGivesNoDocument(int status, String says) throws Exception {
    account.aws().nitro().agentAnswers(status);
    assertSays(says, failure(account.request()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 513, 1024})
  void takesNoNonceThatTheAgentDoesNot(int length) throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      int before = account.calls().all().size();
      String message = assertThrows(IOException.class, () -> enclave.evidence(new byte[length]))
          .getMessage();
      assertSays("the enclave's agent takes 1 to 512", message);
      assertEquals(before, account.calls().all().size());
      assertTrue(enclave.evidence(new byte[512]).length > 0);
    }
  }

  @Test
  void runsNothingByADocumentThatSomebodyChanged() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      account.aws().replaceDocument("treza-test.enc_1");
      assertSays(
          "InvalidDocument",
          assertThrows(IOException.class, () -> enclave.evidence(NONCE)).getMessage());
    }
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave found =
          backend.reattach(account.request(), account.listener()).orElseThrow();
      assertTrue(found.evidence(NONCE).length > 0, "replaced by what is meant");
    }
  }

  @Test
  void runsNoImageThatSomebodyPutInTheBucket() throws Exception {
    try (Ec2Backend backend = account.backend()) {
      account.aws().tamperWithObjects(".eif");
      IOException failure = assertThrows(
          IOException.class, () -> backend.launch(account.request(), account.listener()));
      assertSays(
          "the enclave image in the bucket is not the one that was built", failure.getMessage());
      assertEquals(List.of(), account.leftovers());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://ec2.example.com", "http://10.0.0.1:5000", "ftp://127.0.0.1"})
  void sendsCredentialsNowhereInTheClear(String endpoint) throws Exception {
    Ec2Backend.Builder builder = account.builder();
    assertSays(
        "http:// on this machine",
        assertThrows(IllegalArgumentException.class, () -> builder.endpoint(URI.create(endpoint)))
            .getMessage());
  }

  @Test
  void saysWhatNitroCliWroteDownWhenTheEnclaveDoesNotStart() throws Exception {
    account.aws().commands().logs("err2026.log", "Failed\nconnections: 17\n");
    account.aws().nitro().refuse("run-enclave", "E36");
    String message = failure(account.request());
    assertSays("nitro-cli E36: the enclave did not boot", message);
    assertSays("; err2026.log ends: Failed connections: 17", message);
  }

  @Test
  void saysThatAnEnclaveEndedAtOnceAndInDebugModeWhatItPrintedLast() throws Exception {
    account.aws().nitro().endsAtOnce();
    account.aws().nitro().consoleHas("treza-init: application exited with status 3\n");
    LaunchRequest request = new LaunchRequest("enc_1", Account.IMAGE, "us-east-1", 2, 512, true);
    String message = failure(request);
    assertSays("it ended at once", message);
    assertSays("console ends: treza-init: application exited with status 3", message);
  }

  @Test
  void goesOnWithAnInstanceThatWasAskedForDifferently() throws Exception {
    try (Ec2Backend first = account.backend()) {
      account.calls().crashAfter(RUN_INSTANCES);
      assertThrows(Crash.class, () -> first.launch(account.request(), account.listener()));
    }
    assertEquals("Ec2.RunInstances", account.calls().operations().get(6));
    account.aws().hideInstances(2);
    account
        .aws()
        .refuseNext("RunInstances", 1, 400, "IdempotentParameterMismatch", "another machine image");
    try (Ec2Backend second = account.backend()) {
      RunningEnclave enclave = second.launch(account.request(), account.listener());
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertEquals(3, account.leftovers().size(), "one instance, one object, one document");
    }
  }

  @Test
  void trustsTheRootOfTheRegionsPartition() throws Exception {
    for (Map.Entry<String, TrustAnchor> root : Map.of(
            "eu-west-1", TrustAnchor.awsCommercial(), "us-gov-west-1", TrustAnchor.awsGovCloud())
        .entrySet()) {
      try (Ec2Backend backend =
          account.builder(Optional.empty()).region(root.getKey()).build()) {
        assertEquals(root.getValue().name(), backend.trustAnchor().name());
      }
    }
    assertSays(
        "give it with trustAnchor",
        assertThrows(
                IllegalArgumentException.class,
                account.builder(Optional.empty()).region("cn-north-1")::build)
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "region, us east, expected like us-east-1",
    "deployment, a/b, 1 to 32 letters",
    "subnet, vpc-1, expected an id like subnet-",
    "group, default, expected an id like sg-",
    "profile, arn:aws:iam::1:instance-profile/p, 'its name, not its ARN'",
    "bucket, s3://images, a bucket's name",
    "type, large, one like m6i.xlarge"
  })
  void takesNoSettingOfAnotherForm(String setting, String value, String says) throws Exception {
    Ec2Backend.Builder builder = account.builder();
    Ec2Backend.Builder wrong = switch (setting) {
      case "region" -> builder.region(value);
      case "deployment" -> builder.deployment(value);
      case "subnet" -> builder.subnet(value);
      case "group" -> builder.securityGroups(value);
      case "profile" -> builder.instanceProfile(value);
      case "bucket" -> builder.bucket(value);
      default -> builder.instanceType(value);
    };
    assertSays(says, assertThrows(IllegalArgumentException.class, wrong::build).getMessage());
  }

  @Test
  void wantsASecurityGroupByName() throws Exception {
    assertSays(
        "a VPC's default group lets its members in",
        assertThrows(IllegalArgumentException.class, account.builder().securityGroups()::build)
            .getMessage());
  }
}
