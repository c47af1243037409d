package io.treza.aws.internal.ec2;

import io.treza.aws.internal.ec2.AwsCalls.Refused;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tagging;

/** Where instances fetch what they run: objects named by enclave and digest. */
final class ImageBucket {
  /** There is an object of this name, or somebody is writing it. */
  private static final Set<String> THERE =
      Set.of("PreconditionFailed", "ConditionalRequestConflict");

  private final AwsClients aws;
  private final Settings settings;

  ImageBucket(AwsClients aws, Settings settings) {
    this.aws = aws;
    this.settings = settings;
  }

  String key(String enclaveId, String sha256) {
    return settings.objectPrefix(enclaveId) + sha256 + ".eif";
  }

  /**
   * Puts an enclave image there unless it is. Whatever lies there, the instance runs nothing that has
   * not the digest.
   */
  void put(String enclaveId, Path eif, String sha256) throws IOException, InterruptedException {
    put(enclaveId, key(enclaveId, sha256), RequestBody.fromFile(eif), sha256);
  }

  /** The same of the program that carries an enclave's channels; {@code parent.sh} knows its name. */
  void put(String enclaveId, ChannelProgram program) throws IOException, InterruptedException {
    String key = settings.objectPrefix(enclaveId) + program.sha256() + ".parent";
    put(enclaveId, key, RequestBody.fromBytes(program.bytes()), program.sha256());
  }

  private void put(String enclaveId, String key, RequestBody body, String sha256)
      throws IOException, InterruptedException {
    PutObjectRequest request = PutObjectRequest.builder()
        .bucket(settings.bucket())
        .key(key)
        .ifNoneMatch("*")
        .checksumSHA256(Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256)))
        .contentType("application/octet-stream")
        .tagging(Tagging.builder()
            .tagSet(Tags.as(
                Tags.of(settings, enclaveId),
                (name, value) -> Tag.builder().key(name).value(value).build()))
            .build())
        .build();
    try {
      AwsCalls.call("s3:PutObject", () -> aws.s3().putObject(request, body));
    } catch (Refused e) {
      if (!THERE.contains(e.code())) {
        throw e;
      }
    }
  }

  /** Removes all objects of an enclave. */
  void remove(String enclaveId) throws IOException, InterruptedException {
    List<String> keys = AwsCalls.call(
        "s3:ListBucket",
        () -> aws
            .s3()
            .listObjectsV2Paginator(
                r -> r.bucket(settings.bucket()).prefix(settings.objectPrefix(enclaveId)))
            .contents()
            .stream()
            .map(S3Object::key)
            .toList());
    for (String key : keys) {
      AwsCalls.call(
          "s3:DeleteObject",
          () -> aws.s3().deleteObject(r -> r.bucket(settings.bucket()).key(key)));
    }
  }
}
