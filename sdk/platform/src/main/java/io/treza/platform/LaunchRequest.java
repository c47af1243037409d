package io.treza.platform;

/**
 * What to start, checked by the API as far as the API knows.
 *
 * @param enclaveId the platform's id; letters, digits and {@code _}
 * @param image as the caller wrote it in {@code dockerImage}; what it may name is the backend's to
 *     decide
 * @param region for example {@code us-east-1}
 * @param cpuCount vCPUs
 * @param memoryMiB memory in MiB
 * @param debugMode whether console and memory are to be open to the operator
 */
public record LaunchRequest(
    String enclaveId,
    String image,
    String region,
    int cpuCount,
    int memoryMiB,
    boolean debugMode) {}
