package io.treza.eif.internal;

import io.treza.eif.Architecture;
import java.util.List;
import java.util.regex.Pattern;

/** What AWS calls the blobs (aws-nitro-enclaves-cli, {@code blobs/}). */
public final class BlobNames {
  /** Kernels, for x86_64 and aarch64. */
  public static final List<String> KERNELS = List.of("bzImage", "Image");

  /** The kernel's arguments. */
  public static final String CMDLINE = "cmdline";

  /** The enclave's first process. */
  public static final String INIT = "init";

  /** This project's attestation agent, which AWS has none of. */
  public static final String AGENT = "agent";

  /** What carries the channels of this project's enclaves, which AWS has none of. */
  public static final String FORWARDER = "forwarder";

  /** The driver of the Nitro Secure Module. */
  public static final String NSM = "nsm.ko";

  /** The list of modules of nitro-cli 2: one name a line, comments begin with a number sign. */
  public static final String LOAD_ORDER = "modules_load_order";

  private static final Pattern MODULE = Pattern.compile("[A-Za-z0-9_.-]{1,64}\\.ko");

  private BlobNames() {}

  /** Whether a file at the root of a bootstrap ramdisk is one of the blobs. */
  public static boolean isBootstrap(String name) {
    return List.of(INIT, AGENT, FORWARDER, LOAD_ORDER).contains(name)
        || MODULE.matcher(name).matches();
  }

  /** The processor that a kernel of this name is for. */
  public static Architecture architecture(String kernelName) {
    return kernelName.equals(KERNELS.get(0)) ? Architecture.X86_64 : Architecture.AARCH64;
  }
}
