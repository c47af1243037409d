package io.treza.cli;

import picocli.CommandLine.Option;

/** What each enclave of a deployment takes of a node, and how many there are. */
final class EksDemandOptions {
  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "2",
      description = "vCPUs of each enclave. Default ${DEFAULT-VALUE}.")
  int cpus;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      defaultValue = "1024",
      description = "Memory of each. Default ${DEFAULT-VALUE}.")
  int memory;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many enclaves. Default ${DEFAULT-VALUE}.")
  int replicas;

  @Option(
      names = "--huge-pages",
      paramLabel = "SIZE",
      defaultValue = "2Mi",
      description = "The pages that nodes set apart: 2Mi or 1Gi. Default ${DEFAULT-VALUE}.")
  String hugePages = "2Mi";
}
