package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What instances run: the shell scripts beside this class. */
final class Scripts {
  private Scripts() {}

  /** What an instance does when it first boots: nitro-cli, and memory and cores set apart. */
  static String userData(int cpus, int memoryMiB) {
    return resource("user-data.sh")
        .replace("@CPUS@", Integer.toString(cpus))
        .replace("@MEMORY_MIB@", Integer.toString(memoryMiB));
  }

  /** What it can be told to do then. */
  static String commands() {
    return resource("parent.sh");
  }

  private static String resource(String name) {
    try (InputStream in = Scripts.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing in this jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
