package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.image.ImageConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What everybody may write (P04), and what gives rights to whoever runs it (H06, P07). */
final class FileModesCheck {
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;
  private static final int SET_ID = 06000;
  private static final int MOST_NAMED = 6;

  private final ImageSurvey survey;
  private final List<Finding> findings = new ArrayList<>();

  private FileModesCheck(ImageSurvey survey) {
    this.survey = survey;
  }

  static List<Finding> findings(ImageSurvey survey, UserCheck user) {
    FileModesCheck check = new FileModesCheck(survey);
    check.writable();
    check.ownPrograms(user);
    check.rights();
    return check.findings;
  }

  private void writable() {
    report(
        "P04-file",
        "Files that everyone may write",
        "Write RUN chmod o-w, or COPY --chmod, for them.",
        f -> f.regular() && (f.permissions() & OTHERS_WRITE) != 0);
    report(
        "P04-directory",
        "Directories that everyone may write, without the sticky bit",
        "Set the sticky bit (chmod 1777), or take the permission off (chmod o-w).",
        f -> f.directory() && (f.permissions() & (OTHERS_WRITE | STICKY)) == OTHERS_WRITE);
    if (findings.isEmpty()) {
      findings.add(Finding.of(
          "P04",
          PASS,
          "None of " + survey.root().files().size() + " files and directories may be written by"
              + " everyone, directories with the sticky bit apart"));
    }
  }

  private void report(String id, String what, String fix, Predicate<SurveyedFile> bad) {
    List<SurveyedFile> files = survey.root().files().stream().filter(bad).toList();
    if (!files.isEmpty()) {
      findings.add(finding(id, FAIL, files, what, fix));
    }
  }

  /** What the user that runs the program could change of it. */
  private void ownPrograms(UserCheck user) {
    if (user.result() != PASS) {
      return;
    }
    long uid = user.uid().orElse(-1);
    long gid = user.gid().orElse(-1);
    List<SurveyedFile> programs = survey.root().files().stream()
        .filter(f -> f.program() || (f.regular() && f.facts().elf().isPresent()))
        .filter(f -> mayWrite(f, uid, gid))
        .toList();
    if (!programs.isEmpty()) {
      findings.add(finding(
          "P04-user",
          WARN,
          programs,
          "Programs and libraries that the image's user may change",
          "Leave them to root: COPY without --chown, and no chown of the program's directory."));
    }
    ImageConfig config = survey.description().config();
    if (!config.workingDir().isEmpty()) {
      survey
          .root()
          .follow(config.workingDir())
          .filter(d -> d.directory() && mayWrite(d, uid, gid) && (d.permissions() & STICKY) == 0)
          .ifPresent(
              d -> findings.add(
                  finding(
                      "P04-user",
                      WARN,
                      List.of(d),
                      "Working directory that the image's user may write",
                      "Leave it to root, and give the program a directory of its own for what it writes.")));
    }
  }

  private static boolean mayWrite(SurveyedFile file, long uid, long gid) {
    int mode = file.permissions();
    if (file.member().header().uid() == uid) {
      return (mode & 0200) != 0;
    }
    return file.member().header().gid() == gid ? (mode & 0020) != 0 : (mode & OTHERS_WRITE) != 0;
  }

  private void rights() {
    List<SurveyedFile> setId = survey.root().files().stream()
        .filter(
            f -> f.regular() && (f.permissions() & SET_ID) != 0 && (f.permissions() & 0111) != 0)
        .toList();
    List<SurveyedFile> capable = survey.root().files().stream()
        .filter(f -> f.member().header().capability().isPresent())
        .toList();
    for (String check : List.of("H06", "P07")) {
      if (!setId.isEmpty()) {
        findings.add(finding(
            check + "-set-id",
            WARN,
            setId,
            "Programs that run with the rights of their owner or group",
            "Write RUN chmod a-s for them, or leave them out."));
      }
      if (!capable.isEmpty()) {
        findings.add(finding(
            check + "-file",
            WARN,
            capable,
            "Files with capabilities",
            "Write RUN setcap -r for them, unless the program needs them."));
      }
      if (setId.isEmpty() && capable.isEmpty()) {
        findings.add(Finding.of(
            check + "-file", PASS, "No program of the image has set-id bits or capabilities"));
      }
      findings.add(Finding.of(
          check,
          INCONCLUSIVE,
          "Which capabilities are dropped is said where the container is run, not in the image"));
    }
  }

  private Finding finding(
      String id, Result result, List<SurveyedFile> files, String what, String fix) {
    SurveyedFile first = files.get(0);
    String named = files.stream()
        .limit(MOST_NAMED)
        .map(f -> String.format(
            Locale.ROOT,
            "/%s (%04o, uid %d)",
            f.path(),
            f.permissions(),
            f.member().header().uid()))
        .collect(Collectors.joining(", "));
    int more = files.size() - MOST_NAMED;
    return new Finding(
        id,
        result,
        what + " (" + files.size() + "): " + named + (more > 0 ? " and " + more + " more" : ""),
        first.location(),
        fix);
  }
}
