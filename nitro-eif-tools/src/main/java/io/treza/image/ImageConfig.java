package io.treza.image;

import java.util.List;

/**
 * What an image says about the program to run (OCI Image Specification 1.1, "Image
 * Configuration"). What it does not say is an empty list or string.
 *
 * @param architecture processor in Go's words, such as {@code amd64}
 * @param os operating system in Go's words, such as {@code linux}
 * @param entrypoint the command's start
 * @param cmd the command's rest, or all of it if there is no entry point
 * @param env {@code NAME=value} items
 * @param workingDir the directory to start in
 * @param user user, or user and group, by name or number
 */
public record ImageConfig(
    String architecture,
    String os,
    List<String> entrypoint,
    List<String> cmd,
    List<String> env,
    String workingDir,
    String user) {
  public ImageConfig {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    env = List.copyOf(env);
  }
}
