package io.treza.audit.internal.kubernetes;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.PodSecurity;
import io.treza.audit.PodSecurity.Level;
import io.treza.audit.PodSecurity.Violation;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the Pod Security Standards forbid, as findings about a pod's properties: P03, P04 and P07.
 *
 * <p>They stand there and not with the rows of the checklist, which ask less and are answered by
 * what the runtime does: {@code drop: [all]} drops all capabilities, and restricted forbids it.
 */
final class PodSecurityFindings {
  /** The property that a check is about, if not the capabilities. */
  private static final Map<String, String> PROPERTIES = Map.of(
      "runAsNonRoot", "P03",
      "runAsUser", "P03",
      "hostPathVolumes", "P04",
      "restrictedVolumes", "P04",
      "procMount", "P04",
      "procMount_restricted", "P04");

  private static final Map<String, String> FIXES = Map.ofEntries(
      Map.entry(
          "allowPrivilegeEscalation", "Write securityContext.allowPrivilegeEscalation: false."),
      Map.entry("appArmorProfile", "Remove it, or write RuntimeDefault."),
      Map.entry("capabilities_baseline", "Remove it from capabilities.add."),
      Map.entry(
          "capabilities_restricted",
          "Write securityContext.capabilities: {drop: [\"ALL\"]}, and add NET_BIND_SERVICE at most."),
      Map.entry("hostNamespaces", "Remove it."),
      Map.entry("hostPathVolumes", "Mount a persistentVolumeClaim, a configMap or an emptyDir."),
      Map.entry("hostPorts", "Remove hostPort, and use a Service."),
      Map.entry("hostProbesAndHostLifecycle", "Remove host, so that the pod itself is asked."),
      Map.entry("privileged", "Remove privileged: true."),
      Map.entry("procMount", "Remove it, or write Default."),
      Map.entry("procMount_restricted", "Remove it, or write Default."),
      Map.entry(
          "restrictedVolumes",
          "Mount a persistentVolumeClaim, a configMap or an emptyDir instead."),
      Map.entry("runAsNonRoot", "Write securityContext.runAsNonRoot: true."),
      Map.entry("runAsUser", "Write a number above 0."),
      Map.entry("seLinuxOptions", "Remove it."),
      Map.entry("seccompProfile_baseline", "Write RuntimeDefault."),
      Map.entry(
          "seccompProfile_restricted",
          "Write securityContext.seccompProfile: {type: RuntimeDefault} for the pod."),
      Map.entry("sysctls", "Remove it."),
      Map.entry("windowsHostProcess", "Remove hostProcess: true."));

  private PodSecurityFindings() {}

  /** What baseline forbids fails, what only restricted forbids warns. */
  static List<Finding> of(PodSecurity security, Field pod) {
    List<Finding> findings = new ArrayList<>();
    Set<Location> forbidden = new HashSet<>();
    for (Violation violation : security.baseline()) {
      forbidden.add(violation.location());
      findings.add(finding(violation, Result.FAIL, Level.BASELINE, security));
    }
    for (Violation violation : security.restricted()) {
      if (!forbidden.contains(violation.location())) {
        findings.add(finding(violation, Result.WARN, Level.RESTRICTED, security));
      }
    }
    if (security.allowedBy(Level.RESTRICTED)) {
      findings.add(new Finding(
          "P07-pss",
          Result.PASS,
          "Pod Security restricted " + security.version() + " allows the pod",
          pod.location(),
          ""));
    }
    return findings;
  }

  private static Finding finding(
      Violation violation, Result result, Level level, PodSecurity security) {
    return new Finding(
        PROPERTIES.getOrDefault(violation.check(), "P07") + "-pss",
        result,
        "Pod Security " + (level == Level.BASELINE ? "baseline " : "restricted ")
            + security.version() + " forbids it (" + violation.check() + "): "
            + violation.message(),
        violation.location(),
        FIXES.getOrDefault(violation.check(), ""));
  }
}
