package io.treza.audit.internal.image;

import static io.treza.audit.Result.INCONCLUSIVE;

import io.treza.audit.Finding;
import io.treza.image.RegistryReference;
import io.treza.image.internal.TarMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an image alone says about the checklist and the properties. */
public final class ImageAudit {
  private ImageAudit() {}

  /** What {@link #findings} needs to have been kept; a survey for it must have this interest. */
  public static Interest interest() {
    return ImageAudit::bytes;
  }

  private static int bytes(String path, TarMember member) {
    return Math.max(
        Math.max(UserCheck.interest(path), OsRelease.interest(path)),
        Math.max(Packages.interest(path), Base.interest(path)));
  }

  /**
   * Findings for H01 to H06, H08 to H10, P01 to P04, P06 and P07.
   *
   * @param name how the image was named, if it is one of a registry
   */
  public static List<Finding> findings(ImageSurvey survey, Optional<RegistryReference> name) {
    FileTree root = survey.root();
    Shells shells = Shells.of(root);
    Base base = Base.of(root, shells);
    UserCheck user = UserCheck.of(root, survey.description().config().user());
    List<Finding> findings = new ArrayList<>();
    findings.addAll(BuildToolsCheck.findings(survey, base.packages()));
    findings.addAll(user.findings());
    findings.addAll(BaseCheck.findings(survey, base));
    findings.addAll(SecretsCheck.findings(survey));
    findings.add(readOnly(survey.description().details().volumes()));
    findings.addAll(ReferenceCheck.findings(survey.description().details(), name));
    findings.addAll(ContextCheck.findings(survey));
    findings.addAll(ShellCheck.findings(root, shells));
    findings.addAll(FileModesCheck.findings(survey, user));
    findings.addAll(SizeCheck.findings(survey));
    return List.copyOf(findings);
  }

  private static Finding readOnly(List<String> volumes) {
    return Finding.of(
        "H05",
        INCONCLUSIVE,
        "Whether the root is read-only is said where the container is run, not in the image"
            + (volumes.isEmpty()
                ? ""
                : "; it declares the volumes " + String.join(", ", volumes) + " to write to"));
  }
}
