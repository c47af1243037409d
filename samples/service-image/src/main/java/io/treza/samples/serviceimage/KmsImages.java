package io.treza.samples.serviceimage;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Writes two container images of the sample that seals orders with a key of KMS, which differ in
 * nothing but a name: one for the key's policy to let in, and one that it does not know.
 */
public final class KmsImages {
  private static final String PROGRAM = "io.treza.samples.enclavekms.OrdersProgram";

  /** Where an instance's role has its credentials. */
  private static final String METADATA = "169.254.169.254:80";

  private KmsImages() {}

  /**
   * Writes them as OCI layouts {@code orders} and {@code other}.
   *
   * @param arguments the directory that they become part of; the class path of the program; the key's
   *     ARN; and the host of KMS in its region, with its port
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 4) {
      throw new IllegalArgumentException("usage: KmsImages DIRECTORY CLASS_PATH KEY_ARN KMS_HOST:PORT");
    }
    Path directory = Path.of(arguments[0]);
    List<Path> classPath =
        Arrays.stream(arguments[1].split(File.pathSeparator)).map(Path::of).toList();
    JavaRuntime runtime = JavaRuntime.link(directory.resolve("runtime"));
    for (String name : List.of("orders", "other")) {
      new ServiceImage(PROGRAM)
          .classPath(classPath)
          .setting("name", name.getBytes(StandardCharsets.UTF_8))
          .variable("KMS_KEY", arguments[2])
          .allow(List.of(arguments[3], METADATA))
          .write(directory.resolve(name), runtime);
    }
  }
}
