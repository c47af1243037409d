package io.treza.eif.internal;

import io.treza.eif.Channels;
import io.treza.eif.EifException;
import io.treza.image.ImageConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What container runtimes add to an image's environment and make of its directories (moby
 * daemon/container/env.go, ReplaceOrAppendEnvValues; runc libcontainer/init_linux.go).
 */
final class ContainerProcess {
  // moby oci/defaults.go, DefaultPathEnv.
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private ContainerProcess() {}

  /**
   * The environment: PATH if the image sets none, the image's variables, of several of one name the
   * last, HOME if it is not set or empty, and where hosts may be reached the proxy to them, unless
   * the image sets one. An item without {@code =} unsets a variable.
   *
   * @throws EifException if a variable has no name
   */
  static List<String> environment(ImageConfig config, ImageUser user, Channels channels)
      throws EifException {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("PATH", PATH);
    for (String item : config.env()) {
      int equals = item.indexOf('=');
      if (equals < 0) {
        variables.remove(item);
      } else if (equals == 0) {
        throw new EifException(
            "image: ENV has \"" + item + "\", a variable without a name; remove it");
      } else {
        variables.put(item.substring(0, equals), item.substring(equals + 1));
      }
    }
    if (variables.getOrDefault("HOME", "").isEmpty()) {
      variables.put("HOME", user.home());
    }
    if (!channels.egress().isEmpty()) {
      putUnlessSet(variables, "HTTPS_PROXY", "http://127.0.0.1:" + Channels.PROXY_PORT);
      // What the workload asks itself is not for the proxy, which would refuse it.
      putUnlessSet(variables, "NO_PROXY", "localhost,127.0.0.1");
    }
    List<String> environment = new ArrayList<>();
    variables.forEach((name, value) -> environment.add(name + "=" + value));
    return environment;
  }

  /** In both cases of letters, since some clients read the one and some the other. */
  private static void putUnlessSet(Map<String, String> variables, String name, String value) {
    List<String> names = List.of(name, name.toLowerCase(Locale.ROOT));
    if (Collections.disjoint(variables.keySet(), names)) {
      names.forEach(each -> variables.put(each, value));
    }
  }

  /**
   * The directory to start in.
   *
   * @throws EifException if it is not absolute, which Docker refuses too
   */
  static String directory(ImageConfig config) throws EifException {
    String directory = config.workingDir();
    if (!directory.isEmpty() && !directory.startsWith("/")) {
      throw new EifException("image: WORKDIR is \"" + directory + "\"; write it from / on");
    }
    return directory.isEmpty() ? "/" : directory;
  }

  /**
   * The directories that stay writable, parents first.
   *
   * @throws EifException if a volume is no absolute path below the root
   */
  static List<String> writable(List<String> volumes) throws EifException {
    List<String> writable = new ArrayList<>(List.of("/run", "/tmp"));
    for (String volume : volumes) {
      List<String> names = List.of(volume.split("/"));
      if (!volume.startsWith("/")
          || names.contains("..")
          || names.stream().allMatch(name -> name.isEmpty() || name.equals("."))) {
        throw new EifException("image: VOLUME is \"" + volume
            + "\"; name a directory below the root, from / on and without ..");
      }
      writable.add(volume);
    }
    return writable.stream().sorted().distinct().toList();
  }
}
