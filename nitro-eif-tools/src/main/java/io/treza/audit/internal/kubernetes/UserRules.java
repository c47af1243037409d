package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.List;
import java.util.OptionalLong;

/** H02 and P03: which user containers run as; what a container sets overrides what its pod sets. */
final class UserRules {
  private UserRules() {}

  static void judge(Pod pod, Findings findings) throws WrongType {
    for (Container container : pod.containers()) {
      judge(pod, container, findings);
    }
    group(pod.security(), findings, "the pod");
    for (Container container : pod.containers()) {
      group(container.security(), findings, container.label());
    }
  }

  private static void judge(Pod pod, Container container, Findings findings) throws WrongType {
    Field user = effective(pod, container, "runAsUser");
    Field nonRoot = effective(pod, container, "runAsNonRoot");
    String fix = "Write runAsNonRoot: true and runAsUser: with a number above 0 under "
        + container.field().path() + ".securityContext.";
    OptionalLong id = user.whole();
    if (id.isPresent() && id.getAsLong() > 0) {
      String message = container.label() + " runs as user " + id.getAsLong();
      findings.pass("H02", user, message);
      findings.pass("P03", user, message);
    } else if (id.isPresent()) {
      String message = container.label() + " runs as user " + id.getAsLong()
          + (nonRoot.isTrue() ? ", which runAsNonRoot: true keeps from starting" : "");
      findings.add("H02", Result.FAIL, user, message, fix);
      findings.add("P03", Result.FAIL, user, message, fix);
    } else if (nonRoot.isTrue()) {
      String message = container.label() + " is not started as root (runAsNonRoot: true); who else"
          + " it is, the image decides, which has to state a number for that";
      findings.pass("H02", nonRoot, message);
      findings.pass("P03", nonRoot, message);
    } else {
      findings.add(
          "H02",
          Result.FAIL,
          nonRoot,
          container.label()
              + (nonRoot.present()
                  ? " may run as root: runAsNonRoot is false"
                  : " may run as root: neither it nor the pod sets runAsNonRoot or runAsUser"),
          fix);
      findings.add(
          "P03",
          Result.INCONCLUSIVE,
          nonRoot,
          container.label() + " runs as the user that its image states",
          fix);
    }
  }

  private static Field effective(Pod pod, Container container, String name) throws WrongType {
    Field own = container.security().get(name);
    Field ofPod = pod.security().get(name);
    return own.present() || !ofPod.present() ? own : ofPod;
  }

  private static void group(Field security, Findings findings, String label) throws WrongType {
    for (String name : List.of("runAsGroup", "fsGroup")) {
      Field group = security.get(name);
      if (group.whole().orElse(1) == 0) {
        findings.add(
            "P03-group",
            Result.WARN,
            group,
            label + " sets " + name + " to 0, root's group",
            "Write a number above 0.");
      }
    }
  }
}
