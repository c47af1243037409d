package io.treza.audit;

import io.treza.eif.Architecture;
import io.treza.eif.CommandRule;
import io.treza.eif.RamdiskLayout;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The enclave that an image is meant for: what the checks of readiness judge by.
 *
 * @param init what starts the command
 * @param hardened whether it takes the command's capabilities and makes the root read-only, which
 *     {@link Init#TREZA} can
 * @param commandRule how ENTRYPOINT and CMD become the command
 * @param layout how the image's files are laid out in the ramdisk
 * @param architecture the processor it will run on; the image's own if not said
 * @param memoryMib memory the enclave will get, in MiB, if known
 * @param bootBytes what stands in the enclave image file beside the application: kernel, its
 *     arguments and the first ramdisk
 * @param recipe how the enclave image file is made, if known
 */
public record EnclaveTarget(
    Init init,
    boolean hardened,
    CommandRule commandRule,
    RamdiskLayout layout,
    Optional<Architecture> architecture,
    OptionalInt memoryMib,
    long bootBytes,
    Optional<Recipe> recipe) {
  /** About what the kernel and init take that come with nitro-cli. */
  public static final long DEFAULT_BOOT_BYTES = 10L << 20;

  public EnclaveTarget {
    if (bootBytes < 0 || memoryMib.orElse(1) < 1) {
      throw new IllegalArgumentException("sizes must be positive");
    } else if (hardened && init != Init.TREZA) {
      throw new IllegalArgumentException("AWS's init does not harden; choose this project's");
    }
  }

  /** What starts the command. */
  public enum Init {
    /**
     * AWS's (aws-nitro-enclaves-sdk-bootstrap, init/init.c): runs the command as root in {@code /}
     * and looks it up in {@code /sbin:/usr/sbin:/bin:/usr/bin}.
     */
    AWS,
    /** This project's: USER, WORKDIR and PATH mean what they do in a container. */
    TREZA
  }

  /** How the enclave image file is made. */
  public enum Recipe {
    /** By this project's tools, from the image. */
    TREZA,
    /** By {@code nitro-cli build-enclave --docker-uri}. */
    NITRO_CLI_URI,
    /** By {@code nitro-cli build-enclave --docker-dir}. */
    NITRO_CLI_DIRECTORY
  }

  /** AWS's init, Docker's command rule and the reproducible layout. */
  public static EnclaveTarget defaults() {
    return builder().build();
  }

  /** Starts with {@link #defaults()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets one thing after the other. */
  public static final class Builder {
    private Init init = Init.AWS;
    private boolean hardened;
    private Optional<CommandRule> commandRule = Optional.empty();
    private RamdiskLayout layout = RamdiskLayout.REPRODUCIBLE;
    private Optional<Architecture> architecture = Optional.empty();
    private OptionalInt memoryMib = OptionalInt.empty();
    private long bootBytes = DEFAULT_BOOT_BYTES;
    private Optional<Recipe> recipe = Optional.empty();

    private Builder() {}

    /** What starts the command; AWS's unless said. */
    public Builder init(Init init) {
      this.init = init;
      return this;
    }

    /** Whether it hardens what the command may do; not unless said. */
    public Builder hardened(boolean hardened) {
      this.hardened = hardened;
      return this;
    }

    /** How ENTRYPOINT and CMD become the command; the layout's own rule unless said. */
    public Builder commandRule(CommandRule rule) {
      this.commandRule = Optional.of(rule);
      return this;
    }

    /** How files are laid out; reproducibly unless said. */
    public Builder layout(RamdiskLayout layout) {
      this.layout = layout;
      return this;
    }

    /** The processor it will run on. */
    public Builder architecture(Architecture architecture) {
      this.architecture = Optional.of(architecture);
      return this;
    }

    /** Memory the enclave will get, in MiB. */
    public Builder memoryMib(int mebibytes) {
      this.memoryMib = OptionalInt.of(mebibytes);
      return this;
    }

    /** Bytes of kernel, its arguments and the first ramdisk; about 10 MiB unless said. */
    public Builder bootBytes(long bytes) {
      this.bootBytes = bytes;
      return this;
    }

    /** How the enclave image file is made. */
    public Builder recipe(Recipe recipe) {
      this.recipe = Optional.of(recipe);
      return this;
    }

    public EnclaveTarget build() {
      return new EnclaveTarget(
          init,
          hardened,
          commandRule.orElseGet(layout::commandRule),
          layout,
          architecture,
          memoryMib,
          bootBytes,
          recipe);
    }
  }
}
