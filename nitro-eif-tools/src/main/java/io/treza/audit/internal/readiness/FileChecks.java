package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.eif.RamdiskLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Judges the files that the whole image has, whatever its command: E13, E14, E15 and E17. */
record FileChecks(EnclaveFiles files, EnclaveTarget target) {
  /** Files that differ from build to build. */
  private record Unstable(String id, String what, Pattern path, String fix) {
    Unstable(String id, String what, String path, String fix) {
      this(id, what, Pattern.compile(path), fix);
    }
  }

  private static final List<Unstable> UNSTABLE = List.of(
      new Unstable(
          "E14-package-cache",
          "lists and caches of a package manager",
          "var/lib/apt/lists/.+|var/cache/(?:apt|apk|dnf|yum|libdnf5|zypp|debconf)/.+"
              + "|etc/apk/cache/.+|lib/apk/db/.+\\.old",
          "Remove them in the RUN that made them."),
      new Unstable(
          "E14-tool-cache",
          "caches of build tools",
          "(?:root|home/[^/]+)/(?:\\.npm|\\.cache|\\.yarn/cache|\\.m2|\\.gradle|\\.cargo/registry)"
              + "/.+|tmp/(?:v8-compile-cache|npm-|node-compile-cache).*"
              + "|.*/node_modules/\\.cache/.+",
          "Build in a stage of its own, or with RUN --mount=type=cache."),
      new Unstable("E14-log", "logs", "var/log/.+", "Remove them in the RUN that made them."),
      new Unstable(
          "E14-backup",
          "backups of changed files",
          "etc/[^/]+-|etc/\\.pwd\\.lock|var/cache/debconf/.+-old|var/lib/dpkg/[^/]+-old"
              + "|var/backups/.+",
          "Remove them in the RUN that made them."),
      new Unstable(
          "E14-linker-cache",
          "ldconfig's auxiliary cache, which holds times and inodes",
          "var/cache/ldconfig/aux-cache",
          "Remove it after ldconfig."),
      new Unstable(
          "E14-identity",
          "keys and numbers made at random",
          "etc/machine-id|var/lib/dbus/machine-id|etc/ssh/ssh_host_[^/]+_key(?:\\.pub)?"
              + "|var/lib/systemd/random-seed|etc/ssl/private/ssl-cert-snakeoil\\.key",
          "Remove them; make them where they are used."),
      new Unstable(
          "E14-python-bytecode",
          "compiled Python files, most of which state the time of their source",
          ".*\\.pyc",
          "Set PYTHONDONTWRITEBYTECODE=1, or compile with --invalidation-mode unchecked-hash."));

  List<Finding> check() {
    List<Finding> findings = new ArrayList<>();
    findings.add(capabilities());
    findings.addAll(reproducibility());
    findings.addAll(mountPoints());
    findings.add(setUserId());
    return findings;
  }

  private Finding capabilities() {
    List<SurveyedFile> found = those(f -> f.member().header().capability().isPresent());
    return found.isEmpty()
        ? new Finding("E13", Result.PASS, "no file has capabilities", new Location.Whole(), "")
        : new Finding(
            "E13",
            Result.WARN,
            "capabilities of files are lost in a ramdisk: " + names(found),
            EnclaveFiles.location(found.get(0)),
            "Do not rely on them.");
  }

  private List<Finding> reproducibility() {
    List<Finding> findings = new ArrayList<>();
    TreeSet<Long> times = new TreeSet<>();
    // A directory that no layer has gets its time from whoever unpacks the layer.
    for (SurveyedFile file : those(f -> !f.facts().layer().isEmpty())) {
      times.add(file.member().header().mtime());
    }
    if (target.layout() == RamdiskLayout.REPRODUCIBLE || times.size() <= 1) {
      String why = times.size() <= 1
          ? "all files have one time"
          : "files have " + times.size() + " times, which the layout replaces by one";
      findings.add(new Finding("E14", Result.PASS, why, new Location.Whole(), ""));
    } else {
      findings.add(new Finding(
          "E14-times",
          Result.WARN,
          "files have " + times.size() + " times, from " + Instant.ofEpochSecond(times.first())
              + " to " + Instant.ofEpochSecond(times.last())
              + ", and the layout measures them: built again, the image measures differently",
          new Location.Whole(),
          "Use the reproducible layout, or build with SOURCE_DATE_EPOCH and --output"
              + " type=image,rewrite-timestamp=true."));
    }
    for (Unstable kind : UNSTABLE) {
      List<SurveyedFile> found = those(f -> f.regular()
          && f.member().size() > 0
          && kind.path.matcher(f.path().latin1()).matches());
      if (!found.isEmpty()) {
        findings.add(new Finding(
            kind.id,
            Result.WARN,
            kind.what + " may differ from build to build: " + names(found),
            EnclaveFiles.location(found.get(0)),
            kind.fix));
      }
    }
    return findings;
  }

  private List<Finding> mountPoints() {
    List<Finding> findings = new ArrayList<>();
    for (String point : EnclaveFiles.MOUNT_POINTS) {
      Optional<SurveyedFile> file = files.root().find(point);
      if (file.filter(f -> !f.directory()).isPresent()) {
        // linuxkit adds a directory behind it, and Linux unpacks what comes last.
        boolean replaced = target.layout() == RamdiskLayout.NITRO_CLI;
        findings.add(new Finding(
            "E15",
            replaced ? Result.WARN : Result.FAIL,
            "/" + point
                + (file.get().symbolicLink()
                    ? " is a symbolic link to "
                        + CommandText.show(file.get().member().linkName().toString())
                    : " is no directory")
                + ", and init mounts there"
                + (replaced ? "; the ramdisk has a directory in its stead" : ""),
            EnclaveFiles.location(file.get()),
            "Make it a directory, or remove it."));
      }
    }
    List<SurveyedFile> hidden =
        those(f -> f.regular() && f.member().size() > 0 && files.mountedOver(f).isPresent());
    if (!hidden.isEmpty()) {
      findings.add(new Finding(
          "E15-hidden",
          Result.WARN,
          "init mounts over " + names(hidden) + ", which cannot be seen in the enclave",
          EnclaveFiles.location(hidden.get(0)),
          "Put them elsewhere, or remove them."));
    }
    if (findings.isEmpty()) {
      findings.add(new Finding(
          "E15",
          Result.PASS,
          "/dev, /proc, /sys, /run and /tmp are directories, or will be made",
          new Location.Whole(),
          ""));
    }
    return findings;
  }

  private Finding setUserId() {
    List<SurveyedFile> found = those(f -> f.program() && (f.permissions() & 06000) != 0);
    if (found.isEmpty()) {
      return new Finding(
          "E17",
          Result.PASS,
          "no program is set-user-id or set-group-id",
          new Location.Whole(),
          "");
    }
    String matter = target.init() == EnclaveTarget.Init.AWS
        ? "; they matter only to what the command runs as another user"
        : "";
    return new Finding(
        "E17",
        Result.WARN,
        "set-user-id or set-group-id: " + names(found) + matter,
        EnclaveFiles.location(found.get(0)),
        "Remove the programs, or write RUN chmod a-s for each.");
  }

  private List<SurveyedFile> those(Predicate<SurveyedFile> test) {
    return files.root().files().stream().filter(test).toList();
  }

  private static String names(List<SurveyedFile> found) {
    return CommandText.list(found.stream().map(EnclaveFiles::name).toList());
  }
}
