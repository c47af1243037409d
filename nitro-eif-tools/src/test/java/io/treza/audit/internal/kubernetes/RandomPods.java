package io.treza.audit.internal.kubernetes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Pods that the level restricted allows, each with up to three changes that some version of some
 * check may mind. The same ones every time.
 */
final class RandomPods {
  private static final int PODS = 1000;
  private static final String[] LISTS = {"initContainers", "containers", "ephemeralContainers"};
  private static final Object ABSENT = null;

  private final Random random;

  private RandomPods(int number) {
    random = new Random(number);
  }

  /** One pod a line, as YAML in flow style. */
  static List<String> lines() {
    return IntStream.range(0, PODS).mapToObj(i -> new RandomPods(i).pod()).toList();
  }

  /** Prints the pods, for the peer to judge. */
  public static void main(String[] arguments) {
    lines().forEach(System.out::println);
  }

  private String pod() {
    Map<String, Object> pod = new LinkedHashMap<>();
    set(pod, "apiVersion", "v1");
    set(pod, "kind", "Pod");
    set(pod, "metadata.name", "p");
    for (String list : LISTS) {
      if (list.equals("containers") || random.nextInt(3) == 0) {
        List<Object> containers = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(2); i++) {
          Map<String, Object> container = new LinkedHashMap<>();
          set(container, "name", list.charAt(0) + "" + i);
          set(container, "image", "x");
          set(container, "securityContext.allowPrivilegeEscalation", false);
          set(container, "securityContext.capabilities.drop", List.of("ALL"));
          containers.add(container);
        }
        set(pod, "spec." + list, containers);
      }
    }
    set(pod, "spec.securityContext.runAsNonRoot", true);
    set(pod, "spec.securityContext.seccompProfile.type", "RuntimeDefault");
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      change(pod);
    }
    return flow(pod);
  }

  private void change(Map<String, Object> pod) {
    Map<String, Object> container = container(pod);
    Map<String, Object> either = random.nextBoolean() ? container : map(pod.get("spec"));
    switch (random.nextInt(26)) {
      case 0 ->
        set(container, "securityContext.allowPrivilegeEscalation", oneOf(true, false, ABSENT));
      case 1 ->
        set(
            either,
            "securityContext.appArmorProfile",
            oneOf(
                profile("RuntimeDefault"), profile("Unconfined"), profile("Localhost"), Map.of()));
      case 2 ->
        set(
            pod,
            "metadata.annotations",
            Map.of(
                "container.apparmor.security.beta.kubernetes.io/" + container.get("name"),
                oneOf("", "runtime/default", "localhost/a", "localhost", "unconfined")));
      case 3 ->
        set(
            container,
            "securityContext.capabilities.add",
            List.of(oneOf("NET_RAW", "CHOWN", "NET_BIND_SERVICE", "chown", "CAP_CHOWN", "ALL")));
      case 4 ->
        set(
            container,
            "securityContext.capabilities.drop",
            oneOf(List.of("all"), List.of("NET_RAW"), List.of("x", "ALL"), List.of(), ABSENT));
      case 5 -> set(container, "securityContext.capabilities", ABSENT);
      case 6 ->
        set(
            pod,
            "spec."
                + oneOf("hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"),
            oneOf(true, false));
      case 7 -> set(pod, "spec.hostUsers", oneOf(true, false));
      case 8, 9 -> set(pod, "spec.volumes", List.of(volume(), volume()));
      case 10 ->
        set(
            container,
            "ports",
            List.of(
                Map.of("containerPort", 80), Map.of("containerPort", 1, "hostPort", oneOf(0, 9))));
      case 11 ->
        set(
            container,
            oneOf(
                    "livenessProbe",
                    "readinessProbe",
                    "startupProbe",
                    "lifecycle.preStop",
                    "lifecycle.postStart")
                + "." + oneOf("httpGet", "tcpSocket"),
            Map.of("port", 80, "host", oneOf("", "h", "127.0.0.1")));
      case 12 -> set(container, "securityContext.privileged", oneOf(true, false));
      case 13, 14 ->
        set(container, "securityContext.procMount", oneOf("Default", "Unmasked", "x", ABSENT));
      case 15, 16 -> set(either, "securityContext.runAsNonRoot", oneOf(true, false, ABSENT));
      case 17 -> set(either, "securityContext.runAsUser", oneOf(0, 1, 1000, ABSENT));
      case 18 ->
        set(
            either,
            "securityContext.seLinuxOptions",
            Map.of(
                oneOf("type", "type", "user", "role", "level"),
                oneOf("", "container_t", "container_kvm_t", "container_engine_t", "spc_t")));
      case 19, 20 ->
        set(
            either,
            "securityContext.seccompProfile",
            oneOf(
                profile("RuntimeDefault"),
                profile("Localhost"),
                profile("Unconfined"),
                profile("localhost"),
                Map.of(),
                ABSENT));
      case 21 ->
        set(
            pod,
            "metadata.annotations",
            Map.of(
                oneOf(
                    "seccomp.security.alpha.kubernetes.io/pod",
                    "container.seccomp.security.alpha.kubernetes.io/" + container.get("name"),
                    "container.seccomp.security.alpha.kubernetes.io/other"),
                oneOf("", "runtime/default", "docker/default", "localhost/a", "unconfined")));
      case 22 ->
        set(
            pod,
            "spec.securityContext.sysctls",
            List.of(Map.of(
                "name",
                oneOf(
                    "kernel.shm_rmid_forced",
                    "net.ipv4.ip_local_reserved_ports",
                    "net.ipv4.tcp_keepalive_time",
                    "net.ipv4.tcp_rmem",
                    "net.ipv4.tcp_notsent_lowat",
                    "kernel.msgmax"),
                "value",
                "1")));
      case 23 -> set(either, "securityContext.windowsOptions.hostProcess", oneOf(true, false));
      case 24 -> set(pod, "spec.os.name", oneOf("windows", "linux"));
      default -> set(either, "securityContext", oneOf(Map.of(), ABSENT));
    }
  }

  private Map<String, Object> volume() {
    Map<String, Object> volume = new LinkedHashMap<>();
    volume.put("name", "v" + random.nextInt(1000));
    String source = oneOf(
        "",
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
        "hostPath",
        "nfs",
        "gitRepo",
        "iscsi",
        "awsElasticBlockStore",
        "rbd",
        "cephfs",
        "fc",
        "azureDisk",
        "flexVolume",
        "storageos");
    if (!source.isEmpty()) {
      volume.put(source, Map.of());
    }
    return volume;
  }

  private static Map<String, Object> profile(String type) {
    return Map.of("type", type);
  }

  private Map<String, Object> container(Map<String, Object> pod) {
    List<Object> all = Stream.of(LISTS)
        .map(map(pod.get("spec"))::get)
        .flatMap(list -> list instanceof List<?> l ? l.stream() : Stream.empty())
        .map(Object.class::cast)
        .toList();
    return map(all.get(random.nextInt(all.size())));
  }

  @SafeVarargs
  private <T> T oneOf(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** Sets a member by its path; what is absent is removed. */
  private static void set(Map<String, Object> object, String path, Object value) {
    int dot = path.indexOf('.');
    if (dot >= 0) {
      String first = path.substring(0, dot);
      Map<String, Object> member = new LinkedHashMap<>();
      if (object.get(first) != null) {
        member.putAll(map(object.get(first)));
      }
      object.put(first, member);
      set(member, path.substring(dot + 1), value);
    } else if (value == null) {
      object.remove(path);
    } else {
      object.put(path, value);
    }
  }

  private String flow(Object value) {
    if (value instanceof Map<?, ?> map) {
      return "{"
          + String.join(
              ", ",
              new TreeMap<>(map)
                  .entrySet().stream()
                      .map(e -> "\"" + e.getKey() + "\": " + flow(e.getValue()))
                      .toList())
          + "}";
    } else if (value instanceof List<?> list) {
      return "[" + String.join(", ", list.stream().map(this::flow).toList()) + "]";
    } else if (value instanceof Boolean bool) {
      return bool
          ? oneOf("true", "True", "yes", "on", "y")
          : oneOf("false", "FALSE", "no", "off", "N");
    } else if (value instanceof Integer number) {
      return number == 0 ? oneOf("0", "00", "0x0", "0.0", "-0") : "" + number;
    }
    return "\"" + value + "\"";
  }
}
