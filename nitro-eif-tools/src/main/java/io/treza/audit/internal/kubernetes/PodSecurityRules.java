package io.treza.audit.internal.kubernetes;

import io.treza.audit.internal.kubernetes.Pod.Container;
import io.treza.audit.internal.kubernetes.PodSecurityCheck.Report;
import io.treza.audit.internal.kubernetes.PodSecurityCheck.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What each check of the Pod Security Standards forbids. */
final class PodSecurityRules {
  private static final Set<String> DEFAULT_CAPABILITIES = Set.of(
      "AUDIT_WRITE",
      "CHOWN",
      "DAC_OVERRIDE",
      "FOWNER",
      "FSETID",
      "KILL",
      "MKNOD",
      "NET_BIND_SERVICE",
      "SETFCAP",
      "SETGID",
      "SETPCAP",
      "SETUID",
      "SYS_CHROOT");
  private static final Set<String> VOLUMES = Set.of(
      "configMap",
      "csi",
      "downwardAPI",
      "emptyDir",
      "ephemeral",
      "image",
      "persistentVolumeClaim",
      "projected",
      "secret");
  private static final Set<String> PROFILES = Set.of("RuntimeDefault", "Localhost");
  private static final String APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
  private static final String SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
  private static final String SECCOMP = "container.seccomp.security.alpha.kubernetes.io/";

  private PodSecurityRules() {}

  static Rule unlessWindows(Rule rule) {
    return (pod, report) -> {
      if (!pod.isWindows()) {
        rule.apply(pod, report);
      }
    };
  }

  /** A pod whose root is no root of the node's: {@code hostUsers: false}. */
  static Rule unlessUserNamespace(Rule rule) {
    return (pod, report) -> {
      if (pod.spec().get("hostUsers").bool().orElse(true)) {
        rule.apply(pod, report);
      }
    };
  }

  static void escalation(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      Field field = container.security().get("allowPrivilegeEscalation");
      if (field.bool().orElse(true)) {
        report.add(field, container.label() + " does not set allowPrivilegeEscalation to false");
      }
    }
  }

  static void appArmor(Pod pod, Report report) throws WrongType {
    for (Setter setter : setters(pod)) {
      Field profile = setter.security.get("appArmorProfile");
      if (profile.present() && !PROFILES.contains(profile.get("type").text())) {
        report.add(
            profile,
            setter.label + " has the AppArmor profile \"" + shown(profile.get("type")) + "\"");
      }
    }
    for (Map.Entry<String, Field> annotation :
        pod.metadata().get("annotations").members().entrySet()) {
      String value = annotation.getValue().text();
      if (annotation.getKey().startsWith(APPARMOR)
          && !value.isEmpty()
          && !value.equals("runtime/default")
          && !value.startsWith("localhost/")) {
        report.add(
            annotation.getValue(),
            "the annotation " + Shown.of(annotation.getKey()) + " sets the AppArmor profile \""
                + Shown.of(value) + "\"");
      }
    }
  }

  static void addedCapabilities(Pod pod, Report report) throws WrongType {
    addedCapabilities(pod, DEFAULT_CAPABILITIES, report);
  }

  private static void addedCapabilities(Pod pod, Set<String> allowed, Report report)
      throws WrongType {
    for (Container container : pod.containers()) {
      for (Field added : container.security().at("capabilities.add").items()) {
        if (!allowed.contains(added.text())) {
          report.add(added, container.label() + " adds the capability " + shown(added));
        }
      }
    }
  }

  static void capabilities(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      Field drop = container.security().at("capabilities.drop");
      boolean all = false;
      for (Field dropped : drop.items()) {
        all |= dropped.text().equals("ALL");
      }
      if (!all) {
        report.add(drop, container.label() + " does not drop \"ALL\" capabilities, in capitals");
      }
    }
    addedCapabilities(pod, Set.of("NET_BIND_SERVICE"), report);
  }

  static void hostNamespaces(Pod pod, Report report) throws WrongType {
    for (String namespace : List.of("hostNetwork", "hostPID", "hostIPC")) {
      Field field = pod.spec().get(namespace);
      if (field.isTrue()) {
        report.add(field, "the pod shares a namespace of the node: " + namespace);
      }
    }
  }

  static void hostPaths(Pod pod, Report report) throws WrongType {
    for (Field volume : pod.spec().get("volumes").items()) {
      if (volume.get("hostPath").present()) {
        report.add(
            volume.get("hostPath"),
            "the volume \"" + shown(volume.get("name")) + "\" is a path of the node, \""
                + shown(volume.at("hostPath.path")) + "\"");
      }
    }
  }

  static void hostPorts(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      for (Field port : container.field().get("ports").items()) {
        long number = port.get("hostPort").whole().orElse(0);
        if (number != 0) {
          report.add(
              port.get("hostPort"), container.label() + " takes port " + number + " of the node");
        }
      }
    }
  }

  static void handlerHosts(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      for (String handler : List.of(
          "livenessProbe",
          "readinessProbe",
          "startupProbe",
          "lifecycle.postStart",
          "lifecycle.preStop")) {
        for (String action : List.of("httpGet", "tcpSocket")) {
          Field host = container.field().at(handler + "." + action + ".host");
          if (!host.text().isEmpty()) {
            report.add(
                host,
                container.label() + " has the node connect to \"" + shown(host) + "\" in "
                    + handler);
          }
        }
      }
    }
  }

  static void privileged(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      Field field = container.security().get("privileged");
      if (field.isTrue()) {
        report.add(field, container.label() + " is privileged");
      }
    }
  }

  static void procMount(Pod pod, Report report) throws WrongType {
    for (Container container : pod.containers()) {
      Field field = container.security().get("procMount");
      if (field.present() && !field.text().equals("Default")) {
        report.add(field, container.label() + " has the procMount \"" + shown(field) + "\"");
      }
    }
  }

  static void volumes(Pod pod, Report report) throws WrongType {
    for (Field volume : pod.spec().get("volumes").items()) {
      Map<String, Field> sources = new LinkedHashMap<>(volume.members());
      sources.remove("name");
      sources.values().removeIf(source -> !source.present());
      if (!sources.isEmpty() && Collections.disjoint(sources.keySet(), VOLUMES)) {
        report.add(
            sources.values().iterator().next(),
            "the volume \"" + shown(volume.get("name")) + "\" is of the type "
                + Shown.of(String.join(", ", sources.keySet())));
      }
    }
  }

  static void runAsNonRoot(Pod pod, Report report) throws WrongType {
    Field ofPod = pod.security().get("runAsNonRoot");
    if (!ofPod.bool().orElse(true)) {
      report.add(ofPod, "the pod sets runAsNonRoot to false");
    }
    for (Container container : pod.containers()) {
      Field field = container.security().get("runAsNonRoot");
      if (field.present() && !field.isTrue()) {
        report.add(field, container.label() + " sets runAsNonRoot to false");
      } else if (!field.present() && !ofPod.isTrue()) {
        report.add(field, "neither " + container.label() + " nor the pod sets runAsNonRoot");
      }
    }
  }

  static void runAsUser(Pod pod, Report report) throws WrongType {
    for (Setter setter : setters(pod)) {
      Field field = setter.security.get("runAsUser");
      if (field.whole().orElse(1) == 0) {
        report.add(field, setter.label + " sets runAsUser to 0");
      }
    }
  }

  static void seLinux(Pod pod, Set<String> types, Report report) throws WrongType {
    for (Setter setter : setters(pod)) {
      Field options = setter.security.get("seLinuxOptions");
      if (!types.contains(options.get("type").text())) {
        report.add(
            options.get("type"),
            setter.label + " has the SELinux type \"" + shown(options.get("type")) + "\"");
      }
      for (String name : List.of("user", "role")) {
        if (!options.get(name).text().isEmpty()) {
          report.add(options.get(name), setter.label + " sets the SELinux " + name);
        }
      }
    }
  }

  static void seccompAnnotations(Pod pod, Report report) throws WrongType {
    Field annotations = pod.metadata().get("annotations");
    seccompAnnotation(annotations.get(SECCOMP_POD), report);
    for (Container container : pod.containers()) {
      seccompAnnotation(annotations.get(SECCOMP + container.name()), report);
    }
  }

  private static void seccompAnnotation(Field annotation, Report report) throws WrongType {
    String value = annotation.text();
    if (annotation.present()
        && !value.equals("runtime/default")
        && !value.equals("docker/default")
        && !value.startsWith("localhost/")) {
      report.add(annotation, "an annotation sets the seccomp profile \"" + Shown.of(value) + "\"");
    }
  }

  static void seccompNotBad(Pod pod, Report report) throws WrongType {
    for (Setter setter : setters(pod)) {
      Field profile = setter.security.get("seccompProfile");
      if (profile.present() && !PROFILES.contains(profile.get("type").text())) {
        report.add(
            profile,
            setter.label + " has the seccomp profile \"" + shown(profile.get("type")) + "\"");
      }
    }
  }

  static void seccomp(Pod pod, Report report) throws WrongType {
    seccompNotBad(pod, report);
    Field ofPod = pod.security().get("seccompProfile");
    boolean good = ofPod.present() && PROFILES.contains(ofPod.get("type").text());
    for (Container container : pod.containers()) {
      Field field = container.security().get("seccompProfile");
      if (!field.present() && !good) {
        report.add(field, "neither " + container.label() + " nor the pod sets a seccomp profile");
      }
    }
  }

  static void sysctls(Pod pod, Set<String> allowed, Report report) throws WrongType {
    for (Field sysctl : pod.security().get("sysctls").items()) {
      if (!allowed.contains(sysctl.get("name").text())) {
        report.add(sysctl, "the pod sets the sysctl \"" + shown(sysctl.get("name")) + "\"");
      }
    }
  }

  static void hostProcess(Pod pod, Report report) throws WrongType {
    for (Setter setter : setters(pod)) {
      Field field = setter.security.at("windowsOptions.hostProcess");
      if (field.isTrue()) {
        report.add(field, setter.label + " runs a process of the node: hostProcess");
      }
    }
  }

  /** Who may set what pods and containers both can: the pod, then each container. */
  private record Setter(String label, Field security) {}

  private static List<Setter> setters(Pod pod) throws WrongType {
    List<Setter> setters = new ArrayList<>();
    setters.add(new Setter("the pod", pod.security()));
    for (Container container : pod.containers()) {
      setters.add(new Setter(container.label(), container.security()));
    }
    return setters;
  }

  private static String shown(Field field) {
    return Shown.of(field.loose());
  }
}
