package io.treza.platform;

import java.util.regex.Pattern;

/**
 * What to start, checked by the API as far as the API knows.
 *
 * @param enclaveId the platform's id; 1 to 64 letters, digits and {@code _}
 * @param image as the caller wrote it in {@code dockerImage}; what it may name is the backend's to
 *     decide
 * @param region for example {@code us-east-1}
 * @param cpuCount vCPUs
 * @param memoryMiB memory in MiB
 * @param debugMode whether console and memory are to be open to the operator
 */
public record LaunchRequest(
    String enclaveId, String image, String region, int cpuCount, int memoryMiB, boolean debugMode) {
  // Backends make file and resource names of it.
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");

  public LaunchRequest {
    if (!ID.matcher(enclaveId).matches()) {
      throw new IllegalArgumentException(
          "an enclave id is 1 to 64 letters, digits and _, not \"" + enclaveId + "\"");
    }
  }
}
