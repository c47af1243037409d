package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.image.ImageConfig;
import java.util.List;
import java.util.Optional;

/**
 * What init gives the command to start with.
 *
 * @param init what starts it
 * @param directory the working directory
 * @param initPath where init looks the command up
 * @param path where the command looks others up
 * @param libraryPath the variable LD_LIBRARY_PATH, empty if it is not set
 * @param user whom it runs as
 */
record ProcessStart(
    EnclaveTarget.Init init,
    String directory,
    List<String> initPath,
    List<String> path,
    String libraryPath,
    Users.User user) {
  // init/init.c, DEFAULT_PATH_ENV.
  private static final String AWS_PATH = "/sbin:/usr/sbin:/bin:/usr/bin";
  // What container runtimes set if the image does not.
  private static final String CONTAINER_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  static ProcessStart of(EnclaveTarget.Init init, ImageConfig config, EnclaveFiles files) {
    List<String> env = config.env();
    if (init == EnclaveTarget.Init.AWS) {
      // With an environment but without PATH, C libraries look in their own default.
      String path = variable(env, "PATH").orElse(env.isEmpty() ? AWS_PATH : "/bin:/usr/bin");
      return new ProcessStart(
          init,
          "/",
          split(AWS_PATH),
          split(path),
          variable(env, "LD_LIBRARY_PATH").orElse(""),
          Users.ROOT);
    }
    List<String> path = split(variable(env, "PATH").orElse(CONTAINER_PATH));
    return new ProcessStart(
        init,
        workingDirectory(config),
        path,
        path,
        variable(env, "LD_LIBRARY_PATH").orElse(""),
        Users.find(config.user(), files).orElse(Users.ROOT));
  }

  /** As a container runtime takes it. */
  static String workingDirectory(ImageConfig config) {
    return EnclaveFiles.absolute(config.workingDir(), "/");
  }

  /** The value of a variable; of several of one name the first counts, as getenv has it. */
  static Optional<String> variable(List<String> env, String name) {
    return env.stream()
        .filter(item -> item.startsWith(name + "="))
        .map(item -> item.substring(name.length() + 1))
        .findFirst();
  }

  /** Splits a list of directories; an empty one is the working directory. */
  static List<String> split(String path) {
    return List.of(path.split(":", -1)).stream().map(d -> d.isEmpty() ? "." : d).toList();
  }
}
