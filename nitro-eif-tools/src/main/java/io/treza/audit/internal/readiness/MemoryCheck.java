package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.image.ImageConfig;
import io.treza.image.internal.TarMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Reckons the size of the enclave image file, and the memory nitro-cli asks for it: E09. */
record MemoryCheck(EnclaveTarget target) {
  // nitro-cli, run-enclave: memory of at least four times the file.
  private static final int TIMES = 4;
  private static final long MIB = 1 << 20;
  // A field of cpio's newc format has 32 bits.
  private static final long MAX_FILE = 0xffff_ffffL;

  List<Finding> check(ImageConfig config, List<String> command, EnclaveFiles files) {
    List<Finding> findings = new ArrayList<>();
    for (SurveyedFile file : files.root().files()) {
      if (file.regular() && file.member().size() > MAX_FILE) {
        findings.add(new Finding(
            "E09-file",
            Result.FAIL,
            EnclaveFiles.name(file) + " has " + file.member().size()
                + " bytes; a ramdisk holds files under 4 GiB",
            EnclaveFiles.location(file),
            "Split it."));
      }
    }
    long application = ramdisk(config, command, files);
    long file = application + target.bootBytes();
    long least = (TIMES * file + MIB - 1) / MIB;
    boolean assumed = target.bootBytes() == EnclaveTarget.DEFAULT_BOOT_BYTES;
    String reckoned = "the enclave image file will have " + (assumed ? "about " : "") + file
        + " bytes, " + application + " of them the application, and needs " + least + " MiB";
    Location place = new Location.Whole();
    if (target.memoryMib().isEmpty()) {
      findings.add(new Finding(
          "E09",
          Result.INCONCLUSIVE,
          reckoned + "; how much it will get was not said",
          place,
          "Give the enclave at least " + least + " MiB."));
      return findings;
    }
    long memory = target.memoryMib().getAsInt() * MIB;
    String of = reckoned + " of the " + target.memoryMib().getAsInt() + " MiB there are";
    if (memory >= TIMES * file) {
      findings.add(new Finding("E09", Result.PASS, of, place, ""));
    } else {
      boolean sure = !assumed || memory < TIMES * application;
      findings.add(new Finding(
          "E09",
          sure ? Result.FAIL : Result.WARN,
          of,
          place,
          "Give the enclave at least " + least + " MiB, or leave files out."));
    }
    return findings;
  }

  /** Bytes of the application's ramdisk in the reproducible layout. */
  static long ramdisk(ImageConfig config, List<String> command, EnclaveFiles files) {
    Set<TarMember> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    long bytes = entry("rootfs", 0);
    for (SurveyedFile file : files.root().files()) {
      long content = 0;
      if (file.symbolicLink()) {
        content = file.member().linkName().latin1().length();
      } else if (file.regular() && seen.add(file.member())) {
        // The names of one file share its content.
        content = file.member().size();
      }
      bytes += entry("rootfs/" + file.path().latin1(), content);
    }
    for (String added : List.of("dev", "run", "sys", "var", "proc", "tmp")) {
      bytes += files.root().find(added).isPresent() ? 0 : entry("rootfs/" + added, 0);
    }
    bytes += entry("cmd", lines(command)) + entry("env", lines(config.env()));
    return multiple(bytes + entry("TRAILER!!!", 0), 512);
  }

  /** A member of an archive: header and name, and content, each to a multiple of four. */
  private static long entry(String name, long content) {
    return multiple(110 + name.length() + 1L, 4) + multiple(content, 4);
  }

  private static long lines(List<String> items) {
    return items.stream().mapToLong(item -> item.getBytes(UTF_8).length + 1L).sum();
  }

  private static long multiple(long length, long of) {
    return (length + of - 1) / of * of;
  }
}
