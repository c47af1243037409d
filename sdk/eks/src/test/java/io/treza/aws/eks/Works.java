package io.treza.aws.eks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.attestation.Measurements;
import io.treza.eif.Architecture;
import io.treza.eif.EifFile;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveInit;
import io.treza.eif.ParentProgram;
import io.treza.image.ContainerImage;
import io.treza.image.ExtendedImage;
import io.treza.image.FileNode;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * All of the way from a container image to a pod: blobs, a base and a registry, and nodes that boot
 * the enclave image which is in the pod's image in that registry.
 */
final class Works implements AutoCloseable {
  static final String IMAGE = "docker-archive:app.tar";
  static final String BASE = "oci:base";

  private static final int KERNEL_BYTES = 1024;
  private static final int KERNEL_MAGIC = 0x202;

  final Account account;
  final LocalRegistry registry;
  /** What nodes pull when they are told to pull something. */
  volatile UnaryOperator<String> pulled = UnaryOperator.identity();

  private final Path directory;

  Works(Path directory) throws IOException {
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent()
            && ParentProgram.bundled(Architecture.X86_64).isPresent(),
        "musl-gcc was not here at build time");
    Path app = Requirement.shared("images").resolve("docker-save-small.tar");
    this.directory = directory;
    registry = LocalRegistry.open(directory.resolve("registry"));
    account = new Account(directory);
    account.played.pull(image -> measured(pulled.apply(image)));
    byte[] kernel = new byte[KERNEL_BYTES];
    System.arraycopy("HdrS".getBytes(US_ASCII), 0, kernel, KERNEL_MAGIC, 4);
    Files.write(directory.resolve("blobs/bzImage"), kernel);
    Files.writeString(directory.resolve("blobs/cmdline"), "reboot=k panic=30");
    Files.writeString(directory.resolve("blobs/init"), "replaced");
    Files.copy(app, Files.createDirectory(directory.resolve("images")).resolve("app.tar"));
    Path root = PodParts.base(directory.resolve("base"));
    try (ContainerImage base = PodParts.open(root, "amd64")) {
      ExtendedImage.on(base).label("of", "a test").build().write(directory.resolve("images/base"));
    }
    try (InputStream program = PodParts.nitroCli().open()) {
      Files.write(directory.resolve("nitro-cli"), program.readAllBytes());
    }
  }

  /** Where pods' images go. */
  String repository() {
    return registry.name() + "/enclaves:latest";
  }

  EksBackend.Builder builder() {
    return builder(account.played.client());
  }

  EksBackend.Builder builder(KubernetesClient client) {
    return account
        .building(client)
        .imagesDirectory(directory.resolve("images"))
        .baseImage(BASE)
        .nitroCli(directory.resolve("nitro-cli"))
        .registry(RegistryAccess.defaults())
        .repository(repository());
  }

  /** Puts another enclave image under the tag, and says what its pod image is. */
  String pushAnother() throws IOException {
    Path eif = PodParts.eif(Files.createDirectories(directory.resolve("another")));
    try (ContainerImage base = ContainerImage.open(directory.resolve("images/base"))) {
      return PodImage.builder(base, eif)
          .nitroCli(PodParts.nitroCli())
          .build()
          .push(RegistryReference.parse(repository()), RegistryAccess.defaults());
    }
  }

  /** What the enclave image in a pod image of the registry measures as. */
  Measurements measured(String podImage) {
    try (ContainerImage pod = ContainerImage.opener().open(RegistryReference.parse(podImage))) {
      FileNode.Regular enclave = (FileNode.Regular) pod.flatten().entries().stream()
          .filter(entry -> entry.path().toString().equals("treza/enclave.eif"))
          .findFirst()
          .orElseThrow()
          .node();
      Path copy = Files.createTempFile(directory, "pulled", ".eif");
      try (InputStream in = enclave.content().open()) {
        Files.write(copy, in.readAllBytes());
      }
      EifMeasurements found = EifFile.open(copy).measurements().orElseThrow();
      Files.delete(copy);
      return Measurements.of(found.pcr0(), found.pcr1(), found.pcr2());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    account.close();
    registry.close();
  }
}
