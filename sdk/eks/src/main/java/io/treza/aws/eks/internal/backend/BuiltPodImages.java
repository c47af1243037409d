package io.treza.aws.eks.internal.backend;

import io.treza.aws.eks.PodImage;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.Channels;
import io.treza.eif.EifSigner;
import io.treza.eif.EnclaveBlobs;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import io.treza.platform.ImageReference;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes enclave images and pods' images of container images, and pushes the latter. */
public final class BuiltPodImages implements PodImages {
  private final EnclaveBlobs blobs;
  private final List<FileEntry> modules;
  private final EnclaveInit init;
  private final Recipe recipe;
  private final Target target;

  /**
   * How enclave images are made.
   *
   * @param images where container images lie
   * @param work where enclave images are made
   */
  public record Recipe(InitOptions options, Optional<EifSigner> signer, Path images, Path work) {}

  /**
   * What pods' images begin with, and where they go.
   *
   * @param base {@code repository@sha256:...}, or a file among the container images
   * @param nitroCli the program, if the base has none
   */
  public record Target(
      String base,
      Optional<Path> nitroCli,
      RegistryReference repository,
      RegistryAccess registry) {}

  private BuiltPodImages(
      EnclaveBlobs blobs, List<FileEntry> modules, EnclaveInit init, Recipe recipe, Target target) {
    this.blobs = blobs;
    this.modules = modules;
    this.init = init;
    this.recipe = recipe;
    this.target = target;
  }

  /**
   * With a directory in the form of AWS's blobs.
   *
   * @throws IOException if it cannot be used, or this build lacks a program for its processor
   */
  public static BuiltPodImages of(Path blobs, Recipe recipe, Target target) throws IOException {
    EnclaveBlobs found = EnclaveBlobs.in(blobs);
    return new BuiltPodImages(
        found,
        BootstrapFiles.modulesIn(blobs),
        EnclaveInit.bundled(found.architecture())
            .orElseThrow(() -> new IOException(
                "this build has no init for enclaves on " + found.architecture().imageName()
                    + ", since there was no musl compiler for it: docs/enclave-init.md says how")),
        recipe,
        target);
  }

  @Override
  public MadeImage make(LaunchRequest request, EnclaveListener listener) throws IOException {
    Path eif = recipe.work().resolve(request.enclaveId() + ".eif");
    try {
      EnclaveImage built = enclave(request, eif);
      listener.log(
          Source.BUILD,
          "built from " + request.image() + ", PCR0 " + built.measurements().pcr0());
      return MadeImage.of(pod(eif), built.measurements());
    } finally {
      Files.deleteIfExists(eif);
    }
  }

  private EnclaveImage enclave(LaunchRequest request, Path eif) throws IOException {
    Path source = ImageReference.resolve(recipe.images(), request.image());
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(recipe.work()).open(source)) {
      request.requireOffered(Channels.of(image.description().details()));
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(image, blobs.kernel(), blobs.cmdline())
          .bootstrap(modules)
          .init(init, recipe.options());
      recipe.signer().ifPresent(builder::signer);
      return builder.build(eif);
    }
  }

  private String pod(Path eif) throws IOException {
    try (ContainerImage base = base()) {
      PodImage.Builder builder = PodImage.builder(base, eif);
      if (target.nitroCli().isPresent()) {
        builder.nitroCli(Content.of(target.nitroCli().get()));
      }
      return builder.build().push(target.repository(), target.registry());
    }
  }

  private ContainerImage base() throws IOException {
    ContainerImage.Opener opener = ContainerImage.opener()
        .workDirectory(recipe.work())
        .architecture(blobs.architecture().imageName())
        .registries(target.registry());
    return target.base().contains("@sha256:")
        ? opener.open(RegistryReference.parse(target.base()))
        : opener.open(ImageReference.resolve(recipe.images(), target.base()));
  }
}
