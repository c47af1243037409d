package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.Measurements;
import io.treza.attestation.reference.Release;
import io.treza.aws.kms.AttestedKms;
import io.treza.aws.kms.AttestedKmsException;
import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.aws.kms.DataKey;
import io.treza.aws.kms.KeyArn;
import io.treza.aws.kms.KmsKey;
import io.treza.aws.kms.ParentCredentials;
import io.treza.aws.kms.Secret;
import io.treza.enclave.Nsm;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.image.FileEntry;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.SimulatedBackend;
import io.treza.platform.kms.SimulatedKms;
import io.treza.publish.KmsKeyPolicy;
import io.treza.publish.KmsOperation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kms.KmsClient;

/** A key for enclaves that the platform started, as {@code treza serve --kms-port} has both. */
class SimulatedEnclaveKmsTest {
  @TempDir
  private Path directory;

  private SimulatedBackend backend;

  @BeforeEach
  void start() throws IOException {
    for (String name : List.of("orders", "tampered")) {
      DemoImage.write(
          Files.createDirectories(directory.resolve("images").resolve(name)), "is = " + name);
    }
    backend = SimulatedBackend.builder(
            Files.writeString(directory.resolve("kernel"), "a placeholder"),
            "reboot=k",
            List.of(FileEntry.directory("dev", 0755)))
        .imagesDirectory(directory.resolve("images"))
        .workDirectory(directory.resolve("work"))
        .build();
  }

  private RunningEnclave launch(String image) throws IOException {
    return backend.launch(
        new LaunchRequest(
            "enc_" + image, "oci:" + image, "eu-west-1", 2, 1024, false, List.of(), List.of()),
        EnclaveListener.NONE);
  }

  /** What the enclave's program does, with the agent that stands in for the one inside. */
  private static AttestedKms program(Nsm nsm, SimulatedKms kms) throws IOException {
    nsm.register(new byte[0], new byte[0]);
    return AttestedKms.builder(
            KmsRecipient.create(nsm),
            kms.region(),
            () -> ParentCredentials.longTerm("Enclave", "not-checked"))
        .simulator(kms.endpoint())
        .trustOnly(List.of(kms.authority().orElseThrow()))
        .build();
  }

  private static Nsm agent(RunningEnclave enclave) throws IOException {
    return Nsm.agent(enclave.standIn().orElseThrow().agentSocket());
  }

  private static Release release(RunningEnclave enclave) {
    Measurements.Builder measured = Measurements.builder().release("1.0");
    enclave
        .pcrs()
        .headMap(3)
        .forEach(
            (index, value) -> measured.pcr(index, HexFormat.of().formatHex(value.toByteArray())));
    return Release.builder(measured.build()).build();
  }

  @Test
  void getsItsDataKeyAndATamperedOneDoesNot() throws Exception {
    RunningEnclave orders = launch("orders");
    RunningEnclave tampered = launch("tampered");
    try (SimulatedKms kms = SimulatedKms.builder(backend.trustAnchor()).start();
        Nsm nsm = agent(orders);
        Nsm other = agent(tampered);
        AttestedKms program = program(nsm, kms);
        AttestedKms changed = program(other, kms)) {
      KmsKey key =
          createKey(kms, release(orders)).withEncryptionContext(Map.of("purpose", "orders"));
      try (DataKey made = program.generateDataKey(key);
          Secret again = program.decrypt(key, made.wrapped())) {
        byte[] expected = made.plaintext().use(byte[]::clone);
        assertArrayEquals(expected, again.use(byte[]::clone));
        for (Executable call : List.<Executable>of(
            () -> changed.generateDataKey(key), () -> changed.decrypt(key, made.wrapped()))) {
          assertEquals(
              Kind.DENIED, assertThrows(AttestedKmsException.class, call).kind());
        }
      }
    } finally {
      orders.terminate();
      tampered.terminate();
    }
  }

  /** With the policy that {@code treza kms policy} writes. */
  private static KeyArn createKey(SimulatedKms kms, Release release) throws Exception {
    String role = "arn:aws:iam::000000000000:role/";
    String policy = KmsKeyPolicy.builder(List.of(release))
        .administrator(role + "KeyAdmin")
        .enclaveRole(role + "Enclave")
        .operation(KmsOperation.DECRYPT)
        .operation(KmsOperation.GENERATE_DATA_KEY)
        .build()
        .toJson();
    try (KmsClient admin =
        KmsAdmin.of(kms.endpoint(), kms.region(), kms.authority().orElseThrow())) {
      return new KeyArn(
          admin.createKey(request -> request.policy(policy)).keyMetadata().arn());
    }
  }
}
