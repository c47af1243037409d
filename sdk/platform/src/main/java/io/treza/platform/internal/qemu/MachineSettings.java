package io.treza.platform.internal.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The machine that one enclave gets, and QEMU's words for it.
 *
 * @param eif what it boots
 * @param acpi whether the kernel finds its devices by ACPI only
 * @param kvm whether the host's processor runs it; otherwise QEMU emulates one
 * @param moduleId what the emulated NSM calls itself
 * @param parentId the parent instance's id, which PCR4 measures
 * @param parentRole the parent instance's role, which PCR3 measures
 */
public record MachineSettings(
    Path eif,
    int memoryMiB,
    int cpus,
    boolean acpi,
    boolean kvm,
    String moduleId,
    String parentId,
    Optional<String> parentRole) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final int SOME_KHZ = 2_000_000;

  /** QEMU's arguments, without those about sockets of its own. */
  List<String> arguments() throws IOException {
    List<String> words = new ArrayList<>(List.of(
        // No configuration of the user's, no devices but the machine's own.
        "-no-user-config",
        "-nodefaults",
        "-nographic",
        "-no-reboot",
        "-machine",
        "nitro-enclave,vsock=vsock,id=" + value(moduleId) + ",parent-id=" + value(parentId)
            + parentRole.map(role -> ",parent-role=" + value(role)).orElse("")
            + (acpi ? ",acpi=on" : ""),
        "-accel",
        kvm ? "kvm" : "tcg",
        "-cpu",
        kvm ? "host" : "max",
        "-m",
        memoryMiB + "M",
        "-smp",
        Integer.toString(cpus),
        "-kernel",
        eif.toString(),
        // Not measured: the registers are of the file's own command line.
        "-append",
        appended()));
    return words;
  }

  /**
   * The machine has no keyboard controller, by which AWS's command line has the kernel restart; and
   * whoever reads of a panic wants it at once. With ACPI an emulated processor lacks what the kernel
   * measures its clock by, so it is told; emulated, that clock is the host's.
   */
  private String appended() throws IOException {
    String always = "reboot=t panic=-1 loglevel=4";
    return acpi && !kvm ? always + " tsc=reliable tsc_early_khz=" + khz() : always;
  }

  private static int khz() throws IOException {
    if (!Files.isReadable(CPU_INFO)) {
      return SOME_KHZ;
    }
    return Files.readAllLines(CPU_INFO).stream()
        .filter(line -> line.startsWith("cpu MHz"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .mapToInt(mhz -> (int) (Double.parseDouble(mhz) * 1000))
        .findFirst()
        .orElse(SOME_KHZ);
  }

  /** A value in a list of options; QEMU separates them by commas and doubles those that are meant. */
  private static String value(String text) {
    return text.replace(",", ",,");
  }
}
