package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.image.SurveyedFile;
import java.util.Optional;

/**
 * The first line of a script as Linux reads it (fs/binfmt_script.c): an interpreter, and all of the
 * rest as one argument.
 *
 * @param interpreter its path, a carriage return included if there is one; empty if there is none
 * @param argument what follows, without the blanks around it
 * @param nameEnd bytes up to the end of the interpreter's path
 * @param length bytes of the line before its end, or as many as are known
 */
record Shebang(String interpreter, Optional<String> argument, int nameEnd, int length) {
  // Linux, include/uapi/linux/binfmts.h: BINPRM_BUF_SIZE, less one; half of it before 5.1.
  private static final int READ = 255;
  private static final int READ_BEFORE = 127;

  /** The line of a file that starts like this, if it starts with {@code #!}. */
  static Optional<Shebang> of(byte[] start) {
    if (start.length < 2 || start[0] != '#' || start[1] != '!') {
      return Optional.empty();
    }
    String text = new String(start, ISO_8859_1);
    int length = text.indexOf('\n') < 0 ? text.length() : text.indexOf('\n');
    String line = text.substring(0, length);
    int nameStart = 2;
    while (nameStart < length && blank(line.charAt(nameStart))) {
      nameStart++;
    }
    int nameEnd = nameStart;
    while (nameEnd < length && !blank(line.charAt(nameEnd)) && line.charAt(nameEnd) != 0) {
      nameEnd++;
    }
    String argument = line.substring(nameEnd).replaceAll("^[ \t\0]+|[ \t\0]+$", "");
    return Optional.of(new Shebang(
        text(line.substring(nameStart, nameEnd)),
        argument.isEmpty() ? Optional.empty() : Optional.of(text(argument)),
        nameEnd,
        length));
  }

  // Spaces and tabs, nothing else.
  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }

  private static String text(String bytes) {
    return new String(bytes.getBytes(ISO_8859_1), UTF_8);
  }

  /** What is wrong with the line itself, whatever it names. */
  Optional<Finding> problem(SurveyedFile file) {
    String name = EnclaveFiles.name(file);
    String what;
    String id = "E03";
    String fix = "Shorten it.";
    Result result = Result.FAIL;
    if (argument.orElse(interpreter).endsWith("\r")) {
      id = "E03-crlf";
      what = "ends in a carriage return, which Linux takes for a part of what it names";
      fix = "Store it with line ends of Linux: RUN sed -i 's/\\r$//' " + name
          + ", or *.sh text eol=lf in .gitattributes.";
    } else if (interpreter.isEmpty()) {
      what = "names no interpreter";
      fix = "Begin it with #!/bin/sh.";
    } else if (nameEnd > READ) {
      what = "names an interpreter beyond the " + READ + " bytes Linux reads";
    } else if (length > READ_BEFORE) {
      id = "E03-long";
      result = Result.WARN;
      what = "has at least " + length + " bytes; Linux cuts it after " + READ + ", and before 5.1,"
          + " which nitro-cli came with for years, after " + READ_BEFORE;
    } else {
      return Optional.empty();
    }
    return Optional.of(new Finding(
        id, result, name + ": its first line " + what, EnclaveFiles.location(file), fix));
  }
}
