package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether there is a shell or a package manager (P02), and what else runs what it is given. */
final class ShellCheck {
  private static final int MOST_NAMED = 6;

  private ShellCheck() {}

  static List<Finding> findings(FileTree root, Shells shells) {
    List<Finding> findings = new ArrayList<>();
    if (shells.shells().isEmpty()) {
      findings.add(Finding.of(
          "P02", PASS, "No shell among the " + root.files().size() + " files of the root"));
    } else {
      findings.add(new Finding(
          "P02",
          FAIL,
          "A shell can be run: " + list(shells.shells()) + applets(root, shells),
          place(shells.shells()),
          "Build the last stage on an image without a shell, such as distroless or scratch."));
    }
    if (!shells.managers().isEmpty()) {
      findings.add(new Finding(
          "P02-package-manager",
          WARN,
          "A package manager can be run: " + list(shells.managers()),
          place(shells.managers()),
          "Build the last stage on an image without a package manager."));
    }
    if (!shells.interpreters().isEmpty()) {
      findings.add(Finding.of(
          "P02-interpreter",
          PASS,
          "Runs what it is given, as a shell would: " + list(shells.interpreters())));
    }
    return findings;
  }

  /** The first few, by name. */
  static String list(List<Program> programs) {
    String first = programs.stream()
        .limit(MOST_NAMED)
        .map(Program::describe)
        .collect(Collectors.joining(", "));
    int more = programs.size() - MOST_NAMED;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /** Where the first of them is. */
  static Location place(List<Program> programs) {
    return new Location.ImageFile(
        programs.get(0).path(), Optional.of(programs.get(0).file().facts().layer()));
  }

  private static String applets(FileTree root, Shells shells) {
    long names = shells.shells().stream()
        .filter(s -> s.describe().contains("busybox"))
        .findFirst()
        .map(s -> root.files().stream()
            .filter(f -> root.target(f).filter(s.file()::isSame).isPresent())
            .count())
        .orElse(0L);
    return names > 1 ? "; busybox goes by " + names + " names" : "";
  }
}
