package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.ArrayList;
import java.util.List;

/** H05 and H06: whether the root file system is read-only, and which capabilities are left. */
final class PrivilegeRules {
  private PrivilegeRules() {}

  static void readOnly(Pod pod, Findings findings) throws WrongType {
    if (pod.isWindows()) {
      notOnWindows("H05", "readOnlyRootFilesystem", pod, findings);
      return;
    }
    for (Container container : pod.containers()) {
      Field field = container.security().get("readOnlyRootFilesystem");
      if (field.isTrue()) {
        findings.pass("H05", field, container.label() + " has a read-only root file system");
      } else {
        findings.add(
            "H05",
            Result.FAIL,
            field,
            container.label()
                + (field.present()
                    ? " sets readOnlyRootFilesystem to false"
                    : " does not set readOnlyRootFilesystem, and no other place can"),
            "Write readOnlyRootFilesystem: true under " + container.field().path()
                + ".securityContext, and mount an emptyDir where it has to write, such as /tmp.");
      }
    }
  }

  static void capabilities(Pod pod, Findings findings) throws WrongType {
    if (pod.isWindows()) {
      notOnWindows("H06", "capabilities", pod, findings);
      return;
    }
    for (Container container : pod.containers()) {
      capabilities(container, findings);
    }
  }

  // Container runtimes compare names whatever their case, unlike the Pod Security Standards.
  private static void capabilities(Container container, Findings findings) throws WrongType {
    Field capabilities = container.security().get("capabilities");
    boolean dropped = false;
    for (Field drop : capabilities.get("drop").items()) {
      dropped |= drop.text().equalsIgnoreCase("ALL");
    }
    List<String> added = new ArrayList<>();
    for (Field add : capabilities.get("add").items()) {
      if (!add.text().equalsIgnoreCase("NET_BIND_SERVICE")) {
        added.add(Shown.of(add.text()));
      }
    }
    Field privileged = container.security().get("privileged");
    if (privileged.isTrue()) {
      findings.add(
          "H06",
          Result.FAIL,
          privileged,
          container.label() + " is privileged, so it has every capability"
              + (dropped ? " whatever it drops" : ""),
          "Remove privileged: true.");
    }
    if (!dropped) {
      findings.add(
          "H06",
          Result.FAIL,
          capabilities,
          container.label() + " keeps the runtime's default capabilities: it does not drop ALL",
          "Write capabilities: {drop: [\"ALL\"]} under " + container.field().path()
              + ".securityContext.");
    }
    if (!added.isEmpty()) {
      findings.add(
          "H06",
          Result.FAIL,
          capabilities.get("add"),
          container.label() + " adds " + Shown.of(String.join(", ", added)),
          "Remove them; NET_BIND_SERVICE alone is harmless.");
    }
    if (dropped && added.isEmpty() && !privileged.isTrue()) {
      findings.pass("H06", capabilities, container.label() + " drops all capabilities");
    }
  }

  private static void notOnWindows(String id, String field, Pod pod, Findings findings) {
    findings.add(id, Result.NOT_APPLICABLE, pod.spec(), "Windows containers have no " + field, "");
  }
}
