package io.treza.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A deployment as it is to be. */
final class EksDeploymentOptions {
  @Parameters(index = "0", paramLabel = "NAME", description = "The deployment's name.")
  String name = "";

  @Parameters(
      index = "1",
      paramLabel = "IMAGE",
      description = "The pods' image, as treza eks image printed it: repository@sha256:...")
  String image = "";

  @Mixin
  EksDemandOptions demand = new EksDemandOptions();

  @Option(
      names = "--expose-port",
      paramLabel = "PORT",
      description = "A TCP port that the image exposes, to be reached. May be repeated.")
  List<Integer> ports = List.of();

  @Option(
      names = "--allow-host",
      paramLabel = "HOST:PORT",
      description = "A host that the image allows, to be reached from inside. May be repeated.")
  List<String> hosts = List.of();

  @Option(
      names = "--count-cpus",
      description = "Have the scheduler count enclave CPUs, where the device plugin tells them.")
  boolean countCpus;

  @Option(
      names = "--release",
      paramLabel = "NAME",
      description = "What the pods are to say they run; nothing trusts it.")
  @Nullable
  String release;

  @Option(
      names = "--debug-mode",
      description = "Insecure: open console and memory of the enclaves to their operator.")
  boolean debugMode;
}
