package io.treza.aws.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientKeySize;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;

/** moto, which does not know Recipient and answers in the clear: nothing of it is used. */
class MotoTest {
  private static final int PATIENCE = 600;

  @TempDir
  private static Path directory;

  private static Process moto;
  private static URI endpoint;

  @BeforeAll
  static void start() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    endpoint = URI.create("http://127.0.0.1:" + port);
    try {
      moto = new ProcessBuilder("moto_server", "-H", "127.0.0.1", "-p", Integer.toString(port))
          .redirectErrorStream(true)
          .redirectOutput(directory.resolve("moto.log").toFile())
          .start();
    } catch (IOException e) {
      Requirement.require(false, "moto_server is not here: pip install 'moto[server]'");
      throw e;
    }
    for (int i = 0; !answers(port); i++) {
      // It is a Python program with a slow start, and a machine may be busy.
      if (i == PATIENCE || !moto.isAlive()) {
        Requirement.require(false, "moto_server does not start");
      }
      moto.waitFor(100, TimeUnit.MILLISECONDS);
    }
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.descendants().forEach(ProcessHandle::destroy);
      moto.destroy();
    }
  }

  private static void refused(Executable call) {
    AttestedKmsException e = assertThrows(AttestedKmsException.class, call);
    assertEquals(Kind.UNTRUSTED_ANSWER, e.kind(), e.getMessage());
    assertTrue(e.getMessage().contains("in the clear"), e.getMessage());
  }

  @Test
  void answersInTheClearAreNotUsed() throws Exception {
    KmsRecipient recipient =
        KmsRecipient.create((nonce, key) -> new byte[] {1}, RecipientKeySize.RSA_2048);
    try (KmsClient client = Machine.client(endpoint, "AKIAIOSFODNN7EXAMPLE");
        AttestedKms kms = AttestedKms.builder(
                recipient,
                Machine.REGION,
                () -> ParentCredentials.longTerm("AKIAIOSFODNN7EXAMPLE", "any"))
            .simulator(endpoint)
            .build()) {
      String arn =
          client.createKey(request -> request.description("any")).keyMetadata().arn();
      KmsKey key = new KeyArn(arn).withEncryptionContext(Map.of("tenant", "blue"));
      byte[] stored = client
          .encrypt(request -> request
              .keyId(arn)
              .encryptionContext(key.encryptionContext())
              .plaintext(SdkBytes.fromUtf8String("secret")))
          .ciphertextBlob()
          .asByteArray();
      refused(() -> kms.decrypt(key, stored));
      refused(() -> kms.generateDataKey(key));
      refused(() -> kms.generateRandom(16));
    }
  }
}
