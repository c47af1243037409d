package io.treza.aws.internal.ec2;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.aws.internal.ec2.AwsCalls.Refused;
import java.io.IOException;
import java.io.InputStream;
import software.amazon.awssdk.services.ssm.model.CreateDocumentRequest;
import software.amazon.awssdk.services.ssm.model.DocumentFormat;
import software.amazon.awssdk.services.ssm.model.DocumentType;
import software.amazon.awssdk.services.ssm.model.Tag;

/**
 * The Systems Manager document of an enclave: {@code parent.sh} and the forms of its parameters,
 * which stand in {@code parent-document.json}.
 */
final class ParentDocument {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final AwsClients aws;
  private final Settings settings;

  ParentDocument(AwsClients aws, Settings settings) {
    this.aws = aws;
    this.settings = settings;
  }

  /**
   * Makes sure that it is there and says what is meant.
   *
   * @return the digest by which each command names exactly this content
   */
  String ensure(String enclaveId) throws IOException, InterruptedException {
    String name = settings.documentName(enclaveId);
    String content = content();
    try {
      return create(name, content, enclaveId);
    } catch (Refused e) {
      if (!e.code().startsWith("DocumentAlreadyExists")) {
        throw e;
      }
    }
    String found = AwsCalls.call("ssm:GetDocument", () -> aws.ssm().getDocument(r -> r.name(name)))
        .content();
    if (!JSON.readTree(found).equals(JSON.readTree(content))) {
      // Of another version of this library, or somebody else's: not to be run.
      remove(enclaveId);
      return create(name, content, enclaveId);
    }
    return AwsCalls.call(
            "ssm:DescribeDocument", () -> aws.ssm().describeDocument(r -> r.name(name)))
        .document()
        .hash();
  }

  private String create(String name, String content, String enclaveId)
      throws IOException, InterruptedException {
    CreateDocumentRequest request = CreateDocumentRequest.builder()
        .name(name)
        .documentType(DocumentType.COMMAND)
        .documentFormat(DocumentFormat.JSON)
        .targetType("/AWS::EC2::Instance")
        .content(content)
        .tags(Tags.as(
            Tags.of(settings, enclaveId),
            (key, value) -> Tag.builder().key(key).value(value).build()))
        .build();
    return AwsCalls.call("ssm:CreateDocument", () -> aws.ssm().createDocument(request))
        .documentDescription()
        .hash();
  }

  /** Removes it, if it is there. */
  void remove(String enclaveId) throws IOException, InterruptedException {
    String name = settings.documentName(enclaveId);
    try {
      AwsCalls.call("ssm:DeleteDocument", () -> aws.ssm().deleteDocument(r -> r.name(name)));
    } catch (Refused e) {
      if (!e.code().startsWith("InvalidDocument")) {
        throw e;
      }
    }
  }

  private static String content() throws IOException {
    try (InputStream in = ParentDocument.class.getResourceAsStream("parent-document.json")) {
      ObjectNode document = (ObjectNode) JSON.readTree(in);
      ArrayNode commands = ((ObjectNode) document.at("/mainSteps/0/inputs")).putArray("runCommand");
      Scripts.commands().lines().forEach(commands::add);
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document);
    }
  }
}
