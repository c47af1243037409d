package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ec2.model.BlockDeviceMapping;
import software.amazon.awssdk.services.ec2.model.HttpTokensState;
import software.amazon.awssdk.services.ec2.model.RunInstancesRequest;
import software.amazon.awssdk.services.ec2.model.ShutdownBehavior;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.VolumeType;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.ssm.model.CreateDocumentRequest;
import software.amazon.awssdk.services.ssm.model.DocumentHashType;
import software.amazon.awssdk.services.ssm.model.SendCommandRequest;

/** From an image to a verified enclave and back to nothing, against moto; every call is looked at. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2LaunchTest {
  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @AutoClose
  private Ec2Backend backend;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
    backend = account.backend();
  }

  private RunningEnclave launch() throws IOException, InterruptedException {
    return backend.launch(account.request(), account.listener());
  }

  private <T> List<T> sent(Class<T> type) {
    return account.calls().all().stream()
        .map(Calls.Call::request)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  @Test
  void launchesAnEnclaveWhoseEvidenceVerifies() throws Exception {
    RunningEnclave enclave = launch();
    Measurements.Builder built = Measurements.builder();
    enclave.pcrs().forEach(built::pcr);
    assertEquals(
        enclave.moduleId().orElseThrow(),
        account
            .verifier()
            .verifyOrThrow(
                enclave.evidence(NONCE),
                Expectation.measurements(built.build()).nonce(NONCE).build())
            .moduleId());
  }

  @Test
  void callsAwsInThisOrder() throws Exception {
    RunningEnclave enclave = launch();
    assertEquals(
        List.of(
            "Ec2.DescribeInstances",
            "Ec2.DescribeInstanceTypes",
            "Ec2.DescribeSecurityGroups",
            "Ssm.GetParameter",
            "Ec2.DescribeImages",
            "S3.PutObject",
            "Ec2.RunInstances",
            "Ssm.CreateDocument",
            "Ec2.DescribeInstances",
            "Ssm.DescribeInstanceInformation",
            "Ec2.DescribeInstances",
            "Ssm.DescribeInstanceInformation",
            "Ssm.SendCommand",
            "Ssm.GetCommandInvocation",
            "Ssm.SendCommand",
            "Ssm.GetCommandInvocation",
            "Ssm.SendCommand",
            "Ssm.GetCommandInvocation",
            "Ec2.CreateTags"),
        account.calls().operations());
    int before = account.calls().all().size();
    enclave.terminate();
    List<String> all = account.calls().operations();
    assertEquals(
        List.of(
            "Ssm.DeleteDocument", "Ec2.TerminateInstances", "S3.ListObjectsV2", "S3.DeleteObject"),
        all.subList(before, all.size()));
  }

  @Test
  void startsAClosedInstanceWithEnclavesOnly() throws Exception {
    RunningEnclave enclave = launch();
    RunInstancesRequest run = account.calls().only(RunInstancesRequest.class);
    assertEquals(1, run.minCount());
    assertEquals(1, run.maxCount());
    assertTrue(run.enclaveOptions().enabled());
    assertEquals(HttpTokensState.REQUIRED, run.metadataOptions().httpTokens());
    assertEquals(1, run.metadataOptions().httpPutResponseHopLimit());
    assertEquals("treza-parent", run.iamInstanceProfile().name());
    assertEquals(account.subnet(), run.subnetId());
    assertEquals(List.of(account.group()), run.securityGroupIds());
    assertEquals("m6i.xlarge", run.instanceTypeAsString());
    assertEquals(ShutdownBehavior.TERMINATE, run.instanceInitiatedShutdownBehavior());
    assertFalse(run.hasNetworkInterfaces());
    assertEquals(64, run.clientToken().length());
    BlockDeviceMapping volume = run.blockDeviceMappings().get(0);
    assertTrue(volume.deviceName().startsWith("/dev/"));
    assertTrue(volume.ebs().encrypted());
    assertEquals(VolumeType.GP3, volume.ebs().volumeType());
    assertTrue(volume.ebs().deleteOnTermination());
    assertEquals(3, enclave.pcrs().size());
  }

  @Test
  void tagsEverythingWithDeploymentAndEnclave() throws Exception {
    RunningEnclave enclave = launch();
    Map<String, String> owner = Map.of("treza:deployment", "test", "treza:enclave", "enc_1");
    RunInstancesRequest run = account.calls().only(RunInstancesRequest.class);
    assertEquals(
        Set.of("instance", "volume", "network-interface"),
        run.tagSpecifications().stream()
            .map(TagSpecification::resourceTypeAsString)
            .collect(Collectors.toSet()));
    for (TagSpecification tagged : run.tagSpecifications()) {
      Map<String, String> tags =
          tagged.tags().stream().collect(Collectors.toMap(Tag::key, Tag::value));
      assertTrue(tags.entrySet().containsAll(owner.entrySet()), tags.toString());
      assertEquals("LAUNCHING", tags.get("treza:state"));
      assertFalse(tags.containsValue(enclave.pcrs().get(0).toString()), "tags are no pins");
    }
    assertEquals(
        "treza%3Adeployment=test&treza%3Aenclave=enc_1",
        account.calls().only(PutObjectRequest.class).tagging());
    assertEquals(
        owner,
        account.calls().only(CreateDocumentRequest.class).tags().stream()
            .collect(Collectors.toMap(
                software.amazon.awssdk.services.ssm.model.Tag::key,
                software.amazon.awssdk.services.ssm.model.Tag::value)));
  }

  @Test
  void putsTheImageUnderItsDigestAndOnlyIfItIsNew() throws Exception {
    RunningEnclave enclave = launch();
    PutObjectRequest put = account.calls().only(PutObjectRequest.class);
    String digest = put.key().replaceAll(".*/|\\.eif$", "");
    assertEquals("treza/test/enc_1/" + digest + ".eif", put.key());
    assertEquals("*", put.ifNoneMatch());
    assertEquals(
        digest, HexFormat.of().formatHex(Base64.getDecoder().decode(put.checksumSHA256())));
    assertEquals(digest, account.aws().commands().sent().get(0).get("digest"));
    assertFalse(enclave.pcrs().isEmpty());
  }

  @Test
  void setsMemoryAndCoresApartAtFirstBoot() throws Exception {
    RunningEnclave enclave = backend.launch(
        new LaunchRequest("enc_1", Account.IMAGE, "us-east-1", 2, 640, false), account.listener());
    String userData = new String(
        Base64.getDecoder()
            .decode(account.calls().only(RunInstancesRequest.class).userData()),
        StandardCharsets.UTF_8);
    assertTrue(userData.startsWith("#!/bin/bash\n"), userData);
    assertTrue(userData.contains("\n---\nmemory_mib: 640\ncpu_count: 2\nYAML\n"), userData);
    assertTrue(userData.contains("nitro-enclaves-allocator.service"), userData);
    assertFalse(userData.contains("@"), userData);
    enclave.terminate();
  }

  @Test
  void tellsTheInstanceNothingButTheDocumentsParameters() throws Exception {
    RunningEnclave enclave = launch();
    byte[] document = enclave.evidence(NONCE);
    assertEquals(3, AttestationDocument.parse(document).pcrs().headMap(3).size());
    List<Map<String, String>> commands = account.aws().commands().sent();
    assertEquals(
        List.of("fetch", "run", "evidence", "evidence"),
        commands.stream().map(command -> command.get("operation")).toList());
    Map<String, String> last = new TreeMap<>(commands.get(3));
    assertEquals(HexFormat.of().formatHex(NONCE), last.remove("nonce"));
    Map<String, String> same = new TreeMap<>(commands.get(0));
    same.put("operation", "evidence");
    assertEquals(same, last);
    for (SendCommandRequest command : sent(SendCommandRequest.class)) {
      assertEquals("treza-test.enc_1", command.documentName());
      assertEquals(DocumentHashType.SHA256, command.documentHashType());
      assertEquals(64, command.documentHash().length());
      assertFalse(command.hasTargets());
    }
  }

  @Test
  void asksNitroCliForNeitherDebugModeNorAnythingElseUnsaid() throws Exception {
    RunningEnclave enclave = launch();
    List<List<String>> calls = new ArrayList<>(account.aws().nitro().calls());
    String eif = calls.get(0).get(2);
    assertEquals(
        List.of(
            List.of("describe-eif", "--eif-path", eif),
            List.of("describe-enclaves"),
            List.of(
                "run-enclave",
                "--eif-path",
                eif,
                "--enclave-name",
                "enc_1",
                "--cpu-count",
                "2",
                "--memory",
                "512"),
            List.of("describe-enclaves"),
            List.of("describe-enclaves")),
        calls);
    assertFalse(enclave.pcrs().get(0).isZero());
  }

  @Test
  void runsInDebugModeWhenAskedByName() throws Exception {
    RunningEnclave enclave = backend.launch(
        new LaunchRequest("enc_1", Account.IMAGE, "us-east-1", 2, 512, true), account.listener());
    assertTrue(account.aws().nitro().calls().get(2).contains("--debug-mode"));
    assertTrue(enclave.pcrs().values().stream().allMatch(PcrValue::isZero));
    assertTrue(AttestationDocument.parse(enclave.evidence(NONCE)).debugMode());
  }

  @Test
  void pausesByStoppingTheInstanceAndResumesAsAnotherEnclave() throws Exception {
    RunningEnclave enclave = launch();
    String before = enclave.moduleId().orElseThrow();
    List<String> mine = account.leftovers();
    enclave.pause();
    assertEquals(0, account.aws().nitro().running());
    assertEquals(mine, account.leftovers(), "what is resumed needs all of it");
    assertEquals(
        "the enclave is paused",
        assertThrows(IOException.class, () -> enclave.evidence(NONCE)).getMessage());
    enclave.pause();
    enclave.resume();
    enclave.resume();
    assertEquals(1, account.aws().nitro().running());
    assertNotEquals(before, enclave.moduleId().orElseThrow());
    assertEquals(
        enclave.moduleId().orElseThrow(),
        AttestationDocument.parse(enclave.evidence(NONCE)).moduleId());
    assertEquals(
        1,
        account.calls().all().stream()
            .filter(call -> call.operation().equals("Ec2.StopInstances"))
            .count());
  }

  @Test
  void leavesNothingWhenItIsTerminated() throws Exception {
    RunningEnclave enclave = launch();
    assertEquals(3, account.leftovers().size(), "instance, object and document");
    enclave.terminate();
    enclave.terminate();
    assertEquals(List.of(), account.leftovers());
    assertEquals(
        "the enclave has ended",
        assertThrows(IOException.class, () -> enclave.evidence(NONCE)).getMessage());
  }

  @Test
  void launchesUnderTheSameIdAgainAfterwards() throws Exception {
    launch().terminate();
    RunningEnclave again = launch();
    assertEquals(1, account.aws().nitro().running());
    again.terminate();
    assertEquals(List.of(), account.leftovers());
  }

  @Test
  void terminatesAPausedOne() throws Exception {
    RunningEnclave enclave = launch();
    enclave.pause();
    enclave.terminate();
    assertEquals(List.of(), account.leftovers());
  }

  @Test
  void noticesThatAnEnclaveHasEndedWhenItIsAskedAndRemovesItsInstance() throws Exception {
    RunningEnclave enclave = launch();
    account.aws().nitro().end(enclave.moduleId().orElseThrow().replaceAll("-enc.*", ""));
    assertThrows(IOException.class, () -> enclave.evidence(NONCE));
    assertEquals(
        List.of("the enclave has ended by itself; its instance ends with it"), account.ends());
    assertEquals(List.of(), account.leftovers());
  }

  @Test
  void staysWhenOnlyTheAgentRefuses() throws Exception {
    RunningEnclave enclave = launch();
    account.aws().nitro().agentAnswers(2);
    assertTrue(assertThrows(IOException.class, () -> enclave.evidence(NONCE))
        .getMessage()
        .contains("ask again later"));
    account.aws().nitro().heal();
    assertEquals(List.of(), account.ends());
    assertTrue(enclave.evidence(NONCE).length > 0);
  }
}
