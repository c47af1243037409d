package io.treza.audit.internal.kubernetes;

import static io.treza.audit.PodSecurity.Level.BASELINE;
import static io.treza.audit.PodSecurity.Level.RESTRICTED;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.treza.audit.PodSecurity;
import io.treza.audit.PodSecurity.Level;
import io.treza.audit.PodSecurity.Version;
import io.treza.audit.PodSecurity.Violation;
import io.treza.audit.internal.kubernetes.PodSecurityCheck.Revision;
import io.treza.audit.internal.kubernetes.PodSecurityCheck.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The Pod Security Standards from v1.0 to v1.37, check by check as in Kubernetes'
 * pod-security-admission of 1.37.
 *
 * <p>They are judged as the API server would see the pod: a volume that states no source is an
 * emptyDir. A value of a wrong type is forbidden, since Kubernetes would not take it.
 */
final class PodSecurityStandards {
  private static final Set<String> SELINUX_TYPES =
      Set.of("", "container_t", "container_init_t", "container_kvm_t");
  private static final Set<String> SYSCTLS = Set.of(
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_unprivileged_port_start");
  private static final Set<String> SYSCTLS_27 = with(SYSCTLS, "net.ipv4.ip_local_reserved_ports");
  private static final Set<String> SYSCTLS_29 = with(
      SYSCTLS_27,
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes");
  private static final Set<String> SYSCTLS_32 =
      with(SYSCTLS_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem");
  private static final Set<String> SYSCTLS_37 =
      with(SYSCTLS_32, "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat");

  private static final List<PodSecurityCheck> CHECKS = List.of(
      check(
          RESTRICTED,
          "allowPrivilegeEscalation",
          since(8, PodSecurityRules::escalation),
          since(25, PodSecurityRules.unlessWindows(PodSecurityRules::escalation))),
      check(BASELINE, "appArmorProfile", since(0, PodSecurityRules::appArmor)),
      check(BASELINE, "capabilities_baseline", since(0, PodSecurityRules::addedCapabilities)),
      replacing(
          "capabilities_baseline",
          "capabilities_restricted",
          since(22, PodSecurityRules::capabilities),
          since(25, PodSecurityRules.unlessWindows(PodSecurityRules::capabilities))),
      check(BASELINE, "hostNamespaces", since(0, PodSecurityRules::hostNamespaces)),
      check(BASELINE, "hostPathVolumes", since(0, PodSecurityRules::hostPaths)),
      check(BASELINE, "hostPorts", since(0, PodSecurityRules::hostPorts)),
      check(BASELINE, "hostProbesAndHostLifecycle", since(34, PodSecurityRules::handlerHosts)),
      check(BASELINE, "privileged", since(0, PodSecurityRules::privileged)),
      check(
          BASELINE,
          "procMount",
          since(0, PodSecurityRules::procMount),
          since(35, PodSecurityRules.unlessUserNamespace(PodSecurityRules::procMount))),
      replacing("procMount", "procMount_restricted", since(35, PodSecurityRules::procMount)),
      replacing("hostPathVolumes", "restrictedVolumes", since(0, PodSecurityRules::volumes)),
      check(
          RESTRICTED,
          "runAsNonRoot",
          since(0, PodSecurityRules::runAsNonRoot),
          since(35, PodSecurityRules.unlessUserNamespace(PodSecurityRules::runAsNonRoot))),
      check(
          RESTRICTED,
          "runAsUser",
          since(23, PodSecurityRules::runAsUser),
          since(35, PodSecurityRules.unlessUserNamespace(PodSecurityRules::runAsUser))),
      check(
          BASELINE,
          "seLinuxOptions",
          since(0, (pod, report) -> PodSecurityRules.seLinux(pod, SELINUX_TYPES, report)),
          since(
              31,
              (pod, report) -> PodSecurityRules.seLinux(
                  pod, with(SELINUX_TYPES, "container_engine_t"), report))),
      check(
          BASELINE,
          "seccompProfile_baseline",
          since(0, PodSecurityRules::seccompAnnotations),
          since(19, PodSecurityRules::seccompNotBad)),
      replacing(
          "seccompProfile_baseline",
          "seccompProfile_restricted",
          since(19, PodSecurityRules::seccomp),
          since(25, PodSecurityRules.unlessWindows(PodSecurityRules::seccomp))),
      check(
          BASELINE,
          "sysctls",
          since(0, (pod, report) -> PodSecurityRules.sysctls(pod, SYSCTLS, report)),
          since(27, (pod, report) -> PodSecurityRules.sysctls(pod, SYSCTLS_27, report)),
          since(29, (pod, report) -> PodSecurityRules.sysctls(pod, SYSCTLS_29, report)),
          since(32, (pod, report) -> PodSecurityRules.sysctls(pod, SYSCTLS_32, report)),
          since(37, (pod, report) -> PodSecurityRules.sysctls(pod, SYSCTLS_37, report))),
      check(BASELINE, "windowsHostProcess", since(0, PodSecurityRules::hostProcess)));

  private PodSecurityStandards() {}

  private static PodSecurityCheck check(Level level, String id, Revision... revisions) {
    return new PodSecurityCheck(id, level, Optional.empty(), List.of(revisions));
  }

  private static PodSecurityCheck replacing(String replaced, String id, Revision... revisions) {
    return new PodSecurityCheck(id, RESTRICTED, Optional.of(replaced), List.of(revisions));
  }

  private static Revision since(int minor, Rule rule) {
    return new Revision(minor, rule);
  }

  private static Set<String> with(Set<String> some, String... more) {
    return Stream.concat(some.stream(), Arrays.stream(more)).collect(toUnmodifiableSet());
  }

  /** Judges a pod by the version given. */
  static PodSecurity judge(Pod pod, Version version) {
    int minor = Math.min(version.minor(), Version.latest().minor());
    List<Violation> baseline = new ArrayList<>();
    List<Violation> restricted = new ArrayList<>();
    Set<String> replaced = CHECKS.stream()
        .filter(check -> check.rule(minor).isPresent())
        .flatMap(check -> check.replaces().stream())
        .collect(toUnmodifiableSet());
    for (PodSecurityCheck check : CHECKS) {
      List<Violation> violations =
          check.rule(minor).map(rule -> violations(check.id(), rule, pod)).orElse(List.of());
      if (check.level() == BASELINE) {
        baseline.addAll(violations);
      }
      if (!replaced.contains(check.id())) {
        restricted.addAll(violations);
      }
    }
    return new PodSecurity(new Version(minor), baseline, restricted);
  }

  private static List<Violation> violations(String check, Rule rule, Pod pod) {
    List<Violation> violations = new ArrayList<>();
    try {
      rule.apply(pod, (field, message) -> {
        if (violations.size() < Budget.OF_ONE_KIND) {
          violations.add(new Violation(check, message, field.location()));
        }
      });
    } catch (WrongType e) {
      violations.add(new Violation(check, e.getMessage(), e.field().location()));
    }
    return violations;
  }
}
