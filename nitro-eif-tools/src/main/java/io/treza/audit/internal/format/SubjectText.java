package io.treza.audit.internal.format;

import io.treza.audit.Subject;

/** What was audited, in a line. */
public final class SubjectText {
  private SubjectText() {}

  public static String of(Subject subject) {
    if (subject instanceof Subject.Image image) {
      return "image " + image.name();
    } else if (subject instanceof Subject.DockerfileOnly dockerfile) {
      return "Dockerfile " + dockerfile.file();
    } else if (subject instanceof Subject.ReportsOnly reports) {
      return "scan report " + reports.file();
    }
    Subject.Workload workload = (Subject.Workload) subject;
    return workload.kind()
        + " "
        + workload.namespace().map(n -> n + "/").orElse("")
        + workload.name()
        + " in "
        + workload.file();
  }
}
