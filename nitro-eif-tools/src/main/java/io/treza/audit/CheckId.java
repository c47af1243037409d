package io.treza.audit;

import static io.treza.audit.InEnclave.EFFECTIVE;
import static io.treza.audit.InEnclave.ENCLAVE_ONLY;
import static io.treza.audit.InEnclave.NO_EFFECT;
import static io.treza.audit.InEnclave.PARTLY;

/**
 * The checks: ten rows of the hardening checklist (H), seven properties of an image (P), and
 * eighteen of readiness for an enclave (E). Ids are stable and will not be used again.
 */
public enum CheckId {
  H01(
      "no build tools",
      EFFECTIVE,
      "Compilers and package managers help whoever gets in to build and fetch what they need.",
      "Build in one stage and copy only the result into a final stage that has no tools."),
  H02(
      "runs as a user other than root",
      NO_EFFECT,
      "A process of root's has every right that the container leaves it. AWS's init ignores USER"
          + " and runs everything as root.",
      "Add USER with a numeric user other than 0 to the last stage."),
  H03(
      "minimal base",
      EFFECTIVE,
      "Every package that is not needed is one more to be attacked and patched.",
      "Start from scratch, distroless, Alpine, Wolfi or a chiseled image."),
  H04(
      "no secrets in the image",
      EFFECTIVE,
      "Whoever can pull the image can read every layer, the history and the configuration. In an"
          + " enclave image file the environment stands a second time, in plain metadata.",
      "Remove it from the image and its history, revoke it, and hand it over at run time."),
  H05(
      "read-only root file system",
      NO_EFFECT,
      "What cannot be written cannot be changed to persist. Inside an enclave the root is memory"
          + " and writable, and gone when it ends.",
      "Set securityContext.readOnlyRootFilesystem: true for every container."),
  H06(
      "capabilities dropped",
      NO_EFFECT,
      "Capabilities that nobody needs are rights that an attacker gets. AWS's init drops none.",
      "Set capabilities.drop: [ALL] and add at most NET_BIND_SERVICE."),
  H07(
      "scanned for known vulnerabilities",
      EFFECTIVE,
      "Known vulnerabilities are the cheapest way in.",
      "Scan this very image in CI, fail on HIGH and CRITICAL, and keep the report."),
  H08(
      "base images pinned by digest",
      EFFECTIVE,
      "A tag can be moved, and with it what the next build contains and measures.",
      "Write every image outside the build as name@sha256:..."),
  H09(
      "no tag latest",
      EFFECTIVE,
      "Nobody can say later what latest was.",
      "Name a version, or better a digest."),
  H10(
      ".dockerignore keeps files out",
      EFFECTIVE,
      "What is in the build context ends up in the image: history, keys, tests.",
      "Add a .dockerignore that leaves out .git, keys, environment files and tests; or copy only"
          + " named files."),

  P01("base operating system", EFFECTIVE, "It decides what else is there, and who patches it.", ""),
  P02(
      "shell",
      EFFECTIVE,
      "A shell is what most attacks start first.",
      "Use a base without a shell."),
  P03(
      "run-time user",
      NO_EFFECT,
      "See H02: inside an enclave AWS's init runs everything as root.",
      ""),
  P04(
      "file system",
      PARTLY,
      "What everyone may write, everyone may change.",
      "Take write permission for others off files, and set the sticky bit on shared directories."),
  P05("known vulnerabilities", EFFECTIVE, "See H07.", ""),
  P06(
      "image size",
      EFFECTIVE,
      "The unpacked files are memory of the enclave, and need four times as much to boot.",
      "Leave out what is not needed to run."),
  P07("capabilities", NO_EFFECT, "See H06.", ""),

  E01(
      "the command is the same by Docker's rule and nitro-cli's",
      ENCLAVE_ONLY,
      "nitro-cli takes CMD alone where there is one, and ENTRYPOINT is lost.",
      "Put the whole command into ENTRYPOINT, with CMD [], or into CMD."),
  E02(
      "the command exists and can be run",
      ENCLAVE_ONLY,
      "Init looks for it in /sbin:/usr/sbin:/bin:/usr/bin only, not in the image's PATH, and the"
          + " enclave ends if it is not found.",
      "Name the program by its absolute path."),
  E03(
      "a script's interpreter exists",
      ENCLAVE_ONLY,
      "Linux reports a missing interpreter as a missing file.",
      "Install the interpreter, or correct the first line."),
  E04(
      "programs are for the image's processor",
      ENCLAVE_ONLY,
      "A program for another processor cannot be started.",
      "Build for linux/amd64 or linux/arm64, as the enclave will run."),
  E05(
      "loader and shared libraries exist",
      ENCLAVE_ONLY,
      "A program whose loader or library is missing ends before its first instruction.",
      "Link statically, or copy the loader and every library beside the program."),
  E06(
      "USER has no effect",
      ENCLAVE_ONLY,
      "AWS's init runs the command as root whatever USER says.",
      "Drop the rights in the program, or in a small program that starts it."),
  E07(
      "WORKDIR has no effect",
      ENCLAVE_ONLY,
      "AWS's init starts the command in /, so relative names mean other files.",
      "Use absolute names, or change the directory in the program."),
  E08(
      "command and environment can be passed on",
      ENCLAVE_ONLY,
      "Init reads one item a line and has no quoting; what is there is measured and public.",
      "Take line ends and secrets out of ENV and the command."),
  E09(
      "memory is enough",
      ENCLAVE_ONLY,
      "nitro-cli refuses less than four times the size of the enclave image file.",
      "Make the image smaller or give the enclave more memory."),
  E10(
      "no network is expected",
      ENCLAVE_ONLY,
      "An enclave has vsock and nothing else: no interface, no DNS, and AWS's init leaves even"
          + " the loopback down.",
      "Build with this project's init, and list ports by EXPOSE and hosts by the label"
          + " io.treza.egress; or reach out through a proxy over vsock, and raise the loopback."),
  E11(
      "writes go to memory",
      ENCLAVE_ONLY,
      "VOLUME has no effect; everything written takes memory and is gone at the end.",
      "Keep state outside, encrypted."),
  E12(
      "nothing restarts it",
      ENCLAVE_ONLY,
      "HEALTHCHECK and STOPSIGNAL have no effect, and when the command ends so does the enclave.",
      "Watch it from outside."),
  E13(
      "no file capabilities",
      ENCLAVE_ONLY,
      "A ramdisk has no extended attributes, so capabilities of files are lost.",
      "Do not rely on them; the command is root there."),
  E14(
      "the image can be built again to the same bytes",
      ENCLAVE_ONLY,
      "Times, caches and logs change the measurements though nothing of meaning changed.",
      "Build with SOURCE_DATE_EPOCH and rewrite-timestamp=true, and remove caches and logs."),
  E15(
      "mount points are directories",
      ENCLAVE_ONLY,
      "Init mounts on /dev, /proc, /sys, /run and /tmp, and fails where one is no directory.",
      "Make it a directory."),
  E16(
      "the context is not sent whole",
      ENCLAVE_ONLY,
      "nitro-cli's --docker-dir does not apply .dockerignore.",
      "Build the image with docker build, and the enclave image from the image."),
  E17(
      "set-user-id programs",
      ENCLAVE_ONLY,
      "Moot while everything is root's, and a way up where it is not.",
      "Remove the bit, or the program."),
  E18(
      "the image can be pulled where it is built",
      ENCLAVE_ONLY,
      "nitro-cli knows no credential helpers, so private images fail to be pulled.",
      "Build the enclave image from a file or with this tool.");

  private final String title;
  private final InEnclave inEnclave;
  private final String why;
  private final String fix;

  CheckId(String title, InEnclave inEnclave, String why, String fix) {
    this.title = title;
    this.inEnclave = inEnclave;
    this.why = why;
    this.fix = fix;
  }

  /** What is well if the check passes. */
  public String title() {
    return title;
  }

  /** Whether it matters inside an enclave that AWS's init starts. */
  public InEnclave inEnclave() {
    return inEnclave;
  }

  /** Whether it matters inside that enclave. */
  public InEnclave inEnclave(EnclaveTarget enclave) {
    return switch (this) {
      case H02, P03 -> enclave.init() == EnclaveTarget.Init.TREZA ? EFFECTIVE : inEnclave;
      case H05, H06, P07 -> enclave.hardened() ? EFFECTIVE : inEnclave;
      default -> inEnclave;
    };
  }

  /** Why it matters. */
  public String why() {
    return why;
  }

  /** How to mend it, where no finding says it more exactly; empty for what only reports. */
  public String fix() {
    return fix;
  }
}
