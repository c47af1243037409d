package io.treza.audit.internal.readiness;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.eif.Architecture;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Judges a program that is to run: whether it is for the processor (E04), and links (E05). */
final class ProgramCheck {
  private final Optional<Architecture> processor;
  private final Libraries libraries;

  /**
   * Prepares to judge.
   *
   * @param processor what programs have to be for, if that is known
   */
  ProgramCheck(Optional<Architecture> processor, Libraries libraries) {
    this.processor = processor;
    this.libraries = libraries;
  }

  static int machine(Architecture architecture) {
    return architecture == Architecture.X86_64 ? Elf.X86_64 : Elf.AARCH64;
  }

  /** What stands in the way of running {@code file}, or that nothing does. */
  List<Finding> check(SurveyedFile file) {
    String name = EnclaveFiles.name(file);
    Optional<Elf> elf = file.facts().elf();
    List<Finding> findings = new ArrayList<>();
    if (elf.isEmpty()) {
      findings.add(finding("E04", Result.INCONCLUSIVE, name + ": its headers were not kept", file));
    } else if (elf.get() instanceof Elf.Malformed malformed) {
      findings.add(new Finding(
          "E04",
          Result.FAIL,
          name + " is no program Linux can run: " + malformed.problem(),
          EnclaveFiles.location(file),
          "Build or copy it again; it may be cut short."));
    } else if (elf.get() instanceof Elf.Unread unread) {
      findings.add(
          finding("E04", Result.INCONCLUSIVE, name + ": not read, since " + unread.why(), file));
    } else if (elf.get() instanceof Elf.File program) {
      Finding processor = processor(name, program, file);
      findings.add(processor);
      if (processor.result() != Result.FAIL) {
        findings.addAll(libraries.check(file, program));
      }
    }
    return findings;
  }

  private Finding processor(String name, Elf.File elf, SurveyedFile file) {
    String is = name + " is for " + describe(elf);
    if (elf.kind() == Elf.Kind.OTHER) {
      return new Finding(
          "E04",
          Result.FAIL,
          name + " is an object file or core dump, no program",
          EnclaveFiles.location(file),
          "Link it into a program.");
    } else if (processor.isEmpty()) {
      return finding(
          "E04", Result.INCONCLUSIVE, is + "; what the enclave will run on is not known", file);
    }
    Architecture wanted = processor.get();
    if (elf.machine() == machine(wanted) && elf.bits() == 64 && !elf.bigEndian()) {
      return finding("E04", Result.PASS, is, file);
    } else if (elf.machine() == Elf.I386 && wanted == Architecture.X86_64) {
      return new Finding(
          "E04-32bit",
          Result.WARN,
          is + ", and runs only where the kernel has IA-32 emulation, as AWS's has",
          EnclaveFiles.location(file),
          "Build it for linux/amd64.");
    }
    return new Finding(
        "E04",
        Result.FAIL,
        is + ", and the enclave runs on " + wanted.kernelName(),
        EnclaveFiles.location(file),
        "Build it for linux/" + wanted.imageName() + ".");
  }

  static String describe(Elf.File elf) {
    String processor = switch (elf.machine()) {
      case Elf.X86_64 -> elf.bits() == 64 ? "x86_64" : "x86_64 with 32-bit addresses";
      case Elf.AARCH64 -> "aarch64";
      case Elf.I386 -> "32-bit x86";
      case Elf.ARM -> "32-bit Arm";
      default -> "processor number " + elf.machine();
    };
    return elf.bigEndian() ? processor + ", big-endian" : processor;
  }

  private static Finding finding(String id, Result result, String message, SurveyedFile file) {
    return new Finding(id, result, message, EnclaveFiles.location(file), "");
  }
}
