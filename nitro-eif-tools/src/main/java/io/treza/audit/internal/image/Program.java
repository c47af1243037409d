package io.treza.audit.internal.image;

import io.treza.audit.internal.elf.Elf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A name under which a program of a file system can be run, links followed.
 *
 * @param path the name, with its directories
 * @param file what is run
 */
record Program(String path, SurveyedFile file) {
  /** Every program whose last name {@code wanted} accepts, sorted by path. */
  static List<Program> named(FileTree root, Predicate<String> wanted) {
    List<Program> found = new ArrayList<>();
    for (SurveyedFile file : root.files()) {
      if ((file.program() || file.symbolicLink())
          && wanted.test(base(file.path().latin1()))) {
        root.target(file)
            .filter(SurveyedFile::program)
            .filter(Program::canBeRun)
            .ifPresent(target -> found.add(new Program(file.path().toString(), target)));
      }
    }
    return found;
  }

  /** An ELF file for running, or a script; not a data file with permission to run. */
  private static boolean canBeRun(SurveyedFile file) {
    if (file.facts().elf().isPresent()) {
      return !(file.facts().elf().get() instanceof Elf.File elf) || elf.kind() != Elf.Kind.OTHER;
    }
    // Nothing was kept of the file: only its mode is known.
    return file.facts().start().isEmpty() || Kept.text(file).startsWith("#!");
  }

  static String base(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The name under which it is looked for. */
  String name() {
    return base(path);
  }

  /** Where it is, and what it is there. */
  String describe() {
    String real = file.path().toString();
    return "/" + path + (real.equals(path) ? "" : " -> /" + real);
  }
}
