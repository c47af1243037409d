package io.treza.cli;

import io.treza.eif.BlobIdentity;
import io.treza.eif.EifFile;
import io.treza.eif.EnclaveBlobs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza blobs identify}: says which of AWS's releases a set of blobs is. */
@Command(
    name = "identify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say which known release of AWS's blobs a set is, or an enclave image boots from: one with the",
      "same PCR1 or with the same files. The status is 1 if it is none that is known.",
      "PCR1 is that of an image which nitro-cli builds from the files, or is measured from an image."
    })
final class BlobsIdentifyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR|FILE",
      description = "A directory of blobs, or an enclave image file.")
  private @Nullable Path source;

  @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel.")
  private @Nullable Path kernel;

  @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's arguments.")
  private @Nullable String cmdline;

  @Option(names = "--init", paramLabel = "FILE", description = "The enclave's first process.")
  private @Nullable Path init;

  @Option(
      names = "--nsm-module",
      paramLabel = "FILE",
      description = "The NSM driver; kernels from 6.8 have it built in.")
  private @Nullable Path nsmModule;

  @Mixin
  private BlobsOutput answer = new BlobsOutput();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      BlobIdentity identity = identity();
      answer.print(identity, Optional.empty(), spec);
      return identity.releases().isEmpty() ? Treza.NO : Treza.YES;
    });
  }

  private BlobIdentity identity() throws IOException {
    boolean parts = kernel != null || cmdline != null || init != null || nsmModule != null;
    if (source != null && !parts) {
      return Files.isDirectory(source)
          ? BlobIdentity.of(EnclaveBlobs.in(source))
          : BlobIdentity.of(EifFile.open(source));
    }
    if (source != null || kernel == null || cmdline == null || init == null) {
      throw new Unusable("name a directory of blobs or an enclave image; or give --kernel,"
          + " --cmdline, --init and perhaps --nsm-module");
    }
    return BlobIdentity.of(EnclaveBlobs.of(kernel, cmdline, init, Optional.ofNullable(nsmModule)));
  }
}
