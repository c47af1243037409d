package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.ssm.model.CreateDocumentRequest;
import software.amazon.awssdk.services.ssm.model.SendCommandRequest;

/**
 * Every parameter of every call, from launch to termination, is one in {@code requests.txt}, and none
 * is sent beside them: also what moto drops or fakes.
 *
 * <p>{@code -Dtreza.update=true} writes the file anew. {@link Ec2LaunchTest} has the calls' order and
 * looks at user data, {@code ParentDocumentTest} at the document's content.
 */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2RequestsTest {
  private static final Path EXPECTED = Path.of("src/test/resources/io/treza/aws/requests.txt");
  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  /** What differs between machines, blobs and runs; the first pattern that fits names it. */
  private Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put(account.subnet(), "SUBNET");
    names.put(account.group(), "GROUP");
    names.put("\\bi-[0-9a-f]{8,}", "INSTANCE");
    names.put("\\bami-[0-9a-f]{8,17}(?![-0-9a-z])", "AMI");
    names.put("\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "COMMAND");
    names.put("\\b[0-9a-f]{96}", "PCR");
    names.put("(?<=ChecksumSHA256=)[A-Za-z0-9+/=]{44}", "DIGEST_BASE64");
    names.put("(?<=ClientToken=)[0-9a-f]{64}", "TOKEN");
    names.put("(?<=DocumentHash=)[0-9a-f]{64}", "DOCUMENT_HASH");
    names.put("(?<=nonce=\\[)[0-9a-f]{64}", "NONCE");
    names.put("\\b[0-9a-f]{64}", "DIGEST");
    return names;
  }

  private String written(Calls.Call call) {
    SdkRequest request = call.request() instanceof CreateDocumentRequest create
        ? create.toBuilder().content("CONTENT").build()
        : call.request();
    String text = request.toString();
    if (request instanceof SendCommandRequest send) {
      // The SDK shows none.
      text += " " + new TreeMap<>(send.parameters());
    }
    for (Map.Entry<String, String> name : names().entrySet()) {
      text = text.replaceAll(name.getKey(), name.getValue());
    }
    return call.operation().replaceAll("\\..*", ".") + text;
  }

  @Test
  void everyParameterOfEveryCallIsMeant(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
    try (Ec2Backend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(account.request(), account.listener());
      enclave.evidence(NONCE);
      enclave.pause();
      enclave.resume();
    }
    try (Ec2Backend backend = account.backend()) {
      backend.reattach(account.request(), account.listener()).orElseThrow().terminate();
    }
    String sent = account.calls().all().stream()
        .map(this::written)
        .distinct()
        .collect(Collectors.joining("\n", "", "\n"));
    if (Boolean.getBoolean("treza.update")) {
      Files.writeString(EXPECTED, sent);
    }
    assertEquals(Files.readString(EXPECTED), sent, "if meant, -Dtreza.update=true");
  }
}
