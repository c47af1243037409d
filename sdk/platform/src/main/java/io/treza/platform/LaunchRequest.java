package io.treza.platform;

import io.treza.eif.Channels;
import io.treza.platform.internal.ChannelSettings;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What to start, checked by the API as far as the API knows.
 *
 * <p>Ports and hosts are what the parent's side carries, and never more than the image itself, which
 * is measured, exposes and allows.
 *
 * @param enclaveId the platform's id; 1 to 64 letters, digits and {@code _}
 * @param image as the caller wrote it in {@code dockerImage}; what it may name is the backend's to
 *     decide
 * @param region for example {@code us-east-1}
 * @param cpuCount vCPUs
 * @param memoryMiB memory in MiB
 * @param debugMode whether console and memory are to be open to the operator
 * @param exposedPorts TCP ports of the workload that are to be reached from outside, as {@link
 *     Channels} has them
 * @param allowedHosts what the workload is to reach, likewise: {@code host:port}, where a host may
 *     begin with {@code *.}
 */
public record LaunchRequest(
    String enclaveId,
    String image,
    String region,
    int cpuCount,
    int memoryMiB,
    boolean debugMode,
    List<Integer> exposedPorts,
    List<String> allowedHosts) {
  // Backends make file and resource names of it.
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");

  public LaunchRequest {
    if (!ID.matcher(enclaveId).matches()) {
      throw new IllegalArgumentException(
          "an enclave id is 1 to 64 letters, digits and _, not \"" + enclaveId + "\"");
    }
    Channels channels = ChannelSettings.checked(exposedPorts, allowedHosts);
    exposedPorts = channels.ingress();
    allowedHosts = channels.egress();
  }

  /** An enclave without channels: nobody reaches its workload, which reaches nobody. */
  public LaunchRequest(
      String enclaveId,
      String image,
      String region,
      int cpuCount,
      int memoryMiB,
      boolean debugMode) {
    this(enclaveId, image, region, cpuCount, memoryMiB, debugMode, List.of(), List.of());
  }

  /**
   * Refuses another region than the server's.
   *
   * @param served where the server's enclaves run
   * @throws IOException if the request asks for another; the message names both
   */
  public void requireRegion(String served) throws IOException {
    if (!region.equals(served)) {
      throw new IOException("the region " + region + " is asked for, and this server's is " + served
          + ": ask for that, or another server");
    }
  }

  /**
   * Refuses what the image itself does not have: inside nobody would carry it.
   *
   * @param image the channels that are measured into the enclave image
   * @throws IOException if the request has others; the message names them, and what the image has
   */
  public void requireOffered(Channels image) throws IOException {
    ChannelSettings.requireOffered(this, image);
  }
}
