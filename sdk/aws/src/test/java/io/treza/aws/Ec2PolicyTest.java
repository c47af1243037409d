package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.treza.aws.PolicyDocument.Question;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.ec2.model.CreateTagsRequest;
import software.amazon.awssdk.services.ec2.model.RunInstancesRequest;
import software.amazon.awssdk.services.ec2.model.StartInstancesRequest;
import software.amazon.awssdk.services.ec2.model.StopInstancesRequest;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.TerminateInstancesRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.ssm.model.CreateDocumentRequest;
import software.amazon.awssdk.services.ssm.model.DeleteDocumentRequest;
import software.amazon.awssdk.services.ssm.model.DescribeDocumentRequest;
import software.amazon.awssdk.services.ssm.model.GetDocumentRequest;
import software.amazon.awssdk.services.ssm.model.GetParameterRequest;
import software.amazon.awssdk.services.ssm.model.SendCommandRequest;

/**
 * {@code samples/aws/policy.json} allows every call that a backend makes, on what it makes it, and
 * names nothing beside that; and it lets nobody change what is of another deployment.
 */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2PolicyTest {
  private static final String REGION = "us-east-1";
  private static final String ACCOUNT = "123456789012";
  private static final String EC2 = "arn:aws:ec2:" + REGION + ":" + ACCOUNT + ":";

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  private PolicyDocument policy(String deployment) throws IOException {
    return PolicyDocument.of(Map.of(
        "PARTITION",
        "aws",
        "REGION",
        REGION,
        "ACCOUNT",
        ACCOUNT,
        "DEPLOYMENT",
        deployment,
        "BUCKET",
        "images",
        "SUBNET",
        account.subnet(),
        "SECURITY_GROUP",
        account.group(),
        "ROLE",
        "parents"));
  }

  /** All that a life from launch to termination asks IAM. */
  private List<Question> asked(String deployment) throws IOException, InterruptedException {
    try (Ec2Backend backend = account.builder().deployment(deployment).build()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.pause();
      enclave.resume();
    }
    try (Ec2Backend backend = account.builder().deployment(deployment).build()) {
      backend.reattach(account.request(), account.listener()).orElseThrow().terminate();
    }
    List<Question> questions = new ArrayList<>();
    account.calls().all().forEach(call -> questions.addAll(questions(call, deployment)));
    return questions;
  }

  /** What IAM is asked for a call (AWS service authorization reference). */
  private static List<Question> questions(Calls.Call call, String deployment) {
    String action = (call.request() instanceof ListObjectsV2Request)
        ? "s3:ListBucket"
        : call.operation().replace("Ec2.", "ec2:").replace("Ssm.", "ssm:").replace("S3.", "s3:");
    SdkRequest request = call.request();
    Map<String, String> owned = Map.of("aws:ResourceTag/treza:deployment", deployment);
    if (request instanceof RunInstancesRequest run) {
      return toRun(run);
    } else if (request instanceof CreateTagsRequest tag) {
      return on(
          action,
          tag.resources(),
          Map.of(
              "aws:ResourceTag/treza:deployment",
              deployment,
              "aws:TagKeys",
              String.join(",", tag.tags().stream().map(Tag::key).toList())));
    } else if (request instanceof StartInstancesRequest start) {
      return on(action, start.instanceIds(), owned);
    } else if (request instanceof StopInstancesRequest stop) {
      return on(action, stop.instanceIds(), owned);
    } else if (request instanceof TerminateInstancesRequest end) {
      return on(action, end.instanceIds(), owned);
    } else if (request instanceof SendCommandRequest send) {
      List<Question> both = new ArrayList<>(
          on(action, send.instanceIds(), Map.of("ssm:resourceTag/treza:deployment", deployment)));
      both.add(document(action, send.documentName()));
      return both;
    } else if (request instanceof CreateDocumentRequest create) {
      return List.of(
          document(action, create.name()), document("ssm:AddTagsToResource", create.name()));
    } else if (request instanceof GetDocumentRequest get) {
      return List.of(document(action, get.name()));
    } else if (request instanceof DescribeDocumentRequest describe) {
      return List.of(document(action, describe.name()));
    } else if (request instanceof DeleteDocumentRequest delete) {
      return List.of(document(action, delete.name()));
    } else if (request instanceof GetParameterRequest get) {
      return List.of(
          new Question(action, "arn:aws:ssm:" + REGION + "::parameter" + get.name(), Map.of()));
    } else if (request instanceof PutObjectRequest put) {
      String object = "arn:aws:s3:::" + put.bucket() + "/" + put.key();
      return List.of(
          new Question(action, object, Map.of()),
          new Question("s3:PutObjectTagging", object, Map.of()));
    } else if (request instanceof DeleteObjectRequest delete) {
      return List.of(
          new Question(action, "arn:aws:s3:::" + delete.bucket() + "/" + delete.key(), Map.of()));
    } else if (request instanceof ListObjectsV2Request list) {
      return List.of(new Question(
          action, "arn:aws:s3:::" + list.bucket(), Map.of("s3:prefix", list.prefix())));
    }
    return List.of(new Question(action, "*", Map.of()));
  }

  private static List<Question> toRun(RunInstancesRequest run) {
    String action = "ec2:RunInstances";
    List<Question> questions = new ArrayList<>();
    for (TagSpecification made : run.tagSpecifications()) {
      String resource = EC2 + made.resourceTypeAsString() + "/new";
      made.tags().stream()
          .filter(tag -> tag.key().equals("treza:deployment"))
          .forEach(tag -> questions.add(new Question(
              action, resource, Map.of("aws:RequestTag/treza:deployment", tag.value()))));
      questions.add(
          new Question("ec2:CreateTags", resource, Map.of("ec2:CreateAction", "RunInstances")));
    }
    run.securityGroupIds()
        .forEach(group ->
            questions.add(new Question(action, EC2 + "security-group/" + group, Map.of())));
    questions.add(new Question(action, EC2 + "subnet/" + run.subnetId(), Map.of()));
    questions.add(
        new Question(action, "arn:aws:ec2:" + REGION + "::image/" + run.imageId(), Map.of()));
    questions.add(new Question(
        "iam:PassRole",
        "arn:aws:iam::" + ACCOUNT + ":role/parents",
        Map.of("iam:PassedToService", "ec2.amazonaws.com")));
    return questions;
  }

  private static List<Question> on(
      String action, List<String> instances, Map<String, String> context) {
    return instances.stream()
        .map(id -> new Question(action, EC2 + "instance/" + id, context))
        .toList();
  }

  private static Question document(String action, String name) {
    return new Question(
        action, "arn:aws:ssm:" + REGION + ":" + ACCOUNT + ":document/" + name, Map.of());
  }

  @Test
  void allowsWhatALifeFromLaunchToTerminationAsksAndNothingElse() throws Exception {
    PolicyDocument policy = policy("test");
    Set<String> used = new TreeSet<>();
    for (Question question : asked("test")) {
      Set<String> allowing = policy.allowing(question);
      assertFalse(allowing.isEmpty(), question + " is denied");
      used.addAll(allowing);
    }
    assertEquals(policy.grants(), used);
  }

  /** Not even of one whose name begins the same. */
  @Test
  void changesNothingOfAnotherDeployment() throws Exception {
    PolicyDocument policy = policy("test");
    Set<String> allowed = new TreeSet<>();
    for (Question question : asked("test-eu")) {
      if (!policy.allowing(question).isEmpty()) {
        allowed.add(question.action() + " " + question.resource().replaceAll("[-/]ami-.*", ""));
      }
    }
    assertEquals(
        new TreeSet<>(List.of(
            "ec2:CreateTags " + EC2 + "instance/new",
            "ec2:CreateTags " + EC2 + "network-interface/new",
            "ec2:CreateTags " + EC2 + "volume/new",
            "ec2:DescribeImages *",
            "ec2:DescribeInstanceTypes *",
            "ec2:DescribeInstances *",
            "ec2:DescribeSecurityGroups *",
            "ec2:RunInstances " + EC2 + "security-group/" + account.group(),
            "ec2:RunInstances " + EC2 + "subnet/" + account.subnet(),
            "ec2:RunInstances arn:aws:ec2:us-east-1::image",
            "iam:PassRole arn:aws:iam::" + ACCOUNT + ":role/parents",
            "ssm:DescribeInstanceInformation *",
            "ssm:GetCommandInvocation *",
            "ssm:GetParameter arn:aws:ssm:us-east-1::parameter/aws/service")),
        allowed,
        "it looks, but starts no instance, since every part of one has to be allowed");
  }
}
