package io.treza.aws.eks;

import io.treza.aws.eks.internal.BaseFiles;
import io.treza.aws.eks.internal.Elf;
import io.treza.eif.Architecture;
import io.treza.eif.EifFile;
import io.treza.eif.ParentProgram;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.ExtendedImage;
import io.treza.image.FileEntry;
import io.treza.image.ImageException;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The image of a pod that runs one enclave: a base with a shell and a C library, and on it {@code
 * /treza} with the enclave image, the program that carries its channels, and what starts both.
 *
 * <p>It is untrusted, as all that runs on a node: what matters is measured from the enclave image.
 * The same inputs give the same image anywhere ({@link ExtendedImage}).
 *
 * <p>It runs as root, who owns {@code /dev/nitro_enclaves} where the device plugin puts it into a pod,
 * and needs no capability; a user of another number would need the group {@code ne}, whose number
 * differs from node to node.
 */
public final class PodImage {
  private static final String HOME = "treza";
  private static final String STATE = "/treza/state";

  private final ExtendedImage image;
  private final Architecture architecture;

  private PodImage(ExtendedImage image, Architecture architecture) {
    this.image = image;
    this.architecture = architecture;
  }

  /**
   * Starts with what has no default.
   *
   * @param base pinned by its digest, for the enclave's architecture; open until this is written or
   *     pushed
   * @param eif the enclave image, which must stay as it is until then
   */
  public static Builder builder(ContainerImage base, Path eif) {
    return new Builder(base, eif);
  }

  /** Collects the parts. */
  public static final class Builder {
    private final ContainerImage base;
    private final Path eif;
    private Optional<ParentProgram> parent = Optional.empty();
    private Optional<Content> nitroCli = Optional.empty();

    private Builder(ContainerImage base, Path eif) {
      this.base = base;
      this.eif = eif;
    }

    /** What carries the enclave's channels; without it, the one that comes with this library. */
    public Builder parent(ParentProgram program) {
      this.parent = Optional.of(program);
      return this;
    }

    /** AWS's nitro-cli; without it, the base's is taken. */
    public Builder nitroCli(Content program) {
      this.nitroCli = Optional.of(program);
      return this;
    }

    /**
     * Checks that the parts fit together, and reads them once for the image's digest.
     *
     * @throws ImageException if the base lacks something, or a part is for another architecture
     * @throws io.treza.eif.EifException if the enclave image is none or breaks a rule of the format
     * @throws IOException if a file cannot be read
     */
    public PodImage build() throws IOException {
      Architecture architecture = architecture();
      Content carrier = parent
          .or(() -> ParentProgram.bundled(architecture))
          .orElseThrow(() -> new ImageException("no parent program for " + architecture.kernelName()
              + " comes with this build of the library; give one"))
          .program();
      Elf.of(carrier, "the parent program").require(architecture);
      BaseFiles files = new BaseFiles(base);
      files.require("bin/sh", "a shell");
      if (nitroCli.isPresent()) {
        Elf program = Elf.of(nitroCli.get(), "nitro-cli");
        program.require(architecture);
        if (program.interpreter().isPresent()) {
          files.require(program.interpreter().get(), "the C library that nitro-cli is linked to");
        }
      } else {
        files.require(
            "usr/bin/nitro-cli", "nitro-cli (give it from the package aws-nitro-enclaves-cli)");
      }
      return new PodImage(
          ExtendedImage.on(base)
              .layer("treza eks image", entries(carrier))
              .entrypoint(List.of("/treza/run"))
              .environment("NITRO_CLI_SOCKETS_PATH", STATE)
              .environment("NITRO_CLI_LOGS_PATH", STATE)
              .user("0")
              .workingDirectory("/")
              .build(),
          architecture);
    }

    private Architecture architecture() throws IOException {
      EifFile enclave = EifFile.open(eif);
      if (!enclave.violations().isEmpty()) {
        throw new ImageException(eif + ": " + enclave.violations().get(0)
            + "; treza eif lint says more, and no pod could run it");
      }
      Architecture architecture = enclave.header().architecture();
      String stated = base.config().architecture();
      if (!stated.equals(architecture.imageName())) {
        throw new ImageException(eif + ": an enclave image for " + architecture.imageName()
            + ", and the base is for " + stated + "; choose the base for "
            + architecture.imageName());
      }
      return architecture;
    }

    private List<FileEntry> entries(Content carrier) throws IOException {
      List<FileEntry> entries = new ArrayList<>();
      entries.add(FileEntry.directory(HOME, 0755));
      entries.add(FileEntry.regular(HOME + "/enclave.eif", 0444, Content.of(eif)));
      if (nitroCli.isPresent()) {
        entries.add(FileEntry.regular(HOME + "/nitro-cli", 0755, nitroCli.get()));
      }
      entries.add(FileEntry.regular(HOME + "/parent", 0755, carrier));
      entries.add(FileEntry.regular(HOME + "/run", 0755, script()));
      entries.add(FileEntry.directory(HOME + "/state", 0755));
      return entries;
    }
  }

  private static Content script() {
    try (InputStream in = PodImage.class.getResourceAsStream("run")) {
      return Content.of(Objects.requireNonNull(in).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot be read from this library's own jar", e);
    }
  }

  /** The processor that nodes must have. */
  public Architecture architecture() {
    return architecture;
  }

  /** Digest of its manifest, by which registries know it, {@code sha256:...}. */
  public String digest() {
    return image.manifestDigest();
  }

  /**
   * Writes an OCI layout.
   *
   * @param directory which must not exist yet
   * @throws IOException as {@link ExtendedImage#write} does
   */
  public void write(Path directory) throws IOException {
    image.write(directory);
  }

  /**
   * Pushes to a registry.
   *
   * @param target repository, and tag if there shall be one
   * @param access with credentials good for writing, for ECR those of {@link EcrCredentials}
   * @return {@code repository@sha256:...}, as {@link EnclaveDeployment#builder} takes it
   * @throws IOException as {@link ExtendedImage#push} does
   */
  public String push(RegistryReference target, RegistryAccess access) throws IOException {
    return image.push(target, access).toString();
  }
}
