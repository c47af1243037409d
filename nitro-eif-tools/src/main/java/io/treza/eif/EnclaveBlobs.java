package io.treza.eif;

import io.treza.eif.internal.BlobNames;
import io.treza.eif.internal.CpioArchive;
import io.treza.eif.internal.KernelFormat;
import io.treza.eif.internal.LinuxkitRamdisk;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The files of AWS's that an enclave boots from: a kernel, its arguments, an init and its modules.
 *
 * @param architecture the processor the kernel is for
 * @param kernel a bzImage (x86_64) or raw Image (aarch64)
 * @param cmdline the kernel's arguments, on one line without its end
 * @param bootstrap the files of the first ramdisk, in order, as {@code nitro-cli} places them
 */
public record EnclaveBlobs(
    Architecture architecture, Path kernel, String cmdline, List<FileEntry> bootstrap) {
  private static final int MAX_TEXT_BYTES = 4096;

  public EnclaveBlobs {
    bootstrap = List.copyOf(bootstrap);
  }

  /**
   * The blobs in a directory: {@code bzImage} or {@code Image}, {@code cmdline}, {@code init}, and
   * {@code nsm.ko} or, from nitro-cli 2, {@code modules_load_order} with the modules it names.
   *
   * @throws EifException if one is missing, or the kernel is in no form that boots
   * @throws IOException if one cannot be read
   */
  public static EnclaveBlobs in(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new EifException(directory + ": no directory; name one that holds the blobs");
    }
    return in(directory, directory.toString());
  }

  /** The same, of a directory that is called {@code origin} in messages. */
  static EnclaveBlobs in(Path directory, String origin) throws IOException {
    Path kernel = required(directory, BlobNames.KERNELS, origin);
    String cmdline = text(required(directory, List.of(BlobNames.CMDLINE), origin), origin);
    Path init = required(directory, List.of(BlobNames.INIT), origin);
    return new EnclaveBlobs(
        architecture(kernel, origin), kernel, cmdline, BootstrapFiles.in(directory, init, origin));
  }

  /**
   * Blobs from here and there.
   *
   * @param kernel a bzImage or raw Image
   * @param cmdline the kernel's arguments
   * @param init the enclave's first process
   * @param nsmModule the NSM driver; kernels from 6.8 can have it built in
   * @throws EifException if the kernel is in no form that boots
   * @throws IOException if one cannot be read
   */
  public static EnclaveBlobs of(Path kernel, String cmdline, Path init, Optional<Path> nsmModule)
      throws IOException {
    return new EnclaveBlobs(
        architecture(kernel, kernel.toString()),
        kernel,
        cmdline,
        nsmModule.isPresent()
            ? BootstrapFiles.withNsmModule(init, nsmModule.get())
            : BootstrapFiles.withoutModules(init));
  }

  private static Architecture architecture(Path kernel, String origin) throws IOException {
    return KernelFormat.bootable(Content.of(kernel))
        .orElseThrow(() -> new EifException(
            origin + ": the kernel is neither a bzImage nor a raw arm64 Image, so does not boot"));
  }

  /**
   * The PCR1 that an image has which {@code nitro-cli} builds from these blobs, in lower-case hex;
   * from its version 1.3.2, which no longer compresses the first ramdisk.
   *
   * @throws IOException if a file cannot be read
   */
  public String nitroCliPcr1() throws IOException {
    return EifBuilder.of(architecture, kernel, cmdline)
        .metadata(EifMetadata.builder("blobs", "1").build())
        .addRamdisk(new CpioArchive(LinuxkitRamdisk.listed(bootstrap)))
        .measure()
        .pcr1();
  }

  private static Path required(Path directory, List<String> names, String origin)
      throws IOException {
    for (String name : names) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file) && Files.size(file) > 0) {
        return file;
      }
    }
    throw new EifException(origin + ": holds no " + String.join(" or ", names)
        + ", or an empty one; a set of blobs is a kernel, cmdline, init and its modules");
  }

  private static String text(Path file, String origin) throws IOException {
    if (Files.size(file) > MAX_TEXT_BYTES) {
      throw new EifException(origin + ": " + file.getFileName() + " has over " + MAX_TEXT_BYTES
          + " bytes, which no such file has");
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (text.chars().anyMatch(c -> c > 0x7f)) {
      throw new EifException(origin + ": " + file.getFileName() + " is not in ASCII");
    }
    return text;
  }
}
