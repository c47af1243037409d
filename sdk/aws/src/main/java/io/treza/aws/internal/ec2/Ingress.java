package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;

/**
 * Who may call an instance: by the rules of its security groups, nobody but at the ports to expose.
 */
record Ingress(AwsClients aws, Settings settings) {
  /**
   * Refuses security groups that let callers in anywhere else than at the ports to expose: those that
   * new instances get, and those that an instance has.
   *
   * @param instance empty before there is one
   * @return those of the ports that no group lets anybody in at
   */
  List<Integer> requireClosedBut(List<Integer> ports, Optional<ParentInstance.Seen> instance)
      throws IOException, InterruptedException {
    Set<String> ids = new TreeSet<>(settings.securityGroups());
    instance.ifPresent(seen -> ids.addAll(seen.groups()));
    List<SecurityGroup> groups = AwsCalls.call(
            "ec2:DescribeSecurityGroups",
            () -> aws.ec2().describeSecurityGroups(r -> r.groupIds(ids)))
        .securityGroups();
    List<Integer> closed = new ArrayList<>(ports);
    for (SecurityGroup group : groups) {
      for (IpPermission rule : group.ipPermissions()) {
        List<Integer> opened = opened(rule, ports);
        if (opened.isEmpty()) {
          throw new IOException("the security group " + group.groupId() + " lets callers in ("
              + said(rule) + "), and nothing needs to"
              + (ports.isEmpty() ? "" : " but TCP at " + ports)
              + ": remove its other inbound rules, or name another group");
        }
        closed.removeAll(opened);
      }
    }
    return closed;
  }

  /** For example {@code tcp 22 from 0.0.0.0/0}. */
  private static String said(IpPermission rule) {
    String ports = "";
    if (rule.fromPort() != null && rule.toPort() != null && rule.fromPort() >= 0) {
      ports = " " + rule.fromPort()
          + (rule.fromPort().equals(rule.toPort()) ? "" : "-" + rule.toPort());
    }
    List<String> sources = new ArrayList<>();
    rule.ipRanges().forEach(range -> sources.add(range.cidrIp()));
    rule.ipv6Ranges().forEach(range -> sources.add(range.cidrIpv6()));
    rule.prefixListIds().forEach(list -> sources.add(list.prefixListId()));
    rule.userIdGroupPairs().forEach(pair -> sources.add(pair.groupId()));
    return ("-1".equals(rule.ipProtocol()) ? "any protocol" : rule.ipProtocol()) + ports + " from "
        + String.join(", ", sources);
  }

  /** The ports that a rule lets callers in at; empty if it lets them in at any other. */
  private static List<Integer> opened(IpPermission rule, List<Integer> ports) {
    if (!"tcp".equals(rule.ipProtocol()) || rule.fromPort() == null || rule.toPort() == null) {
      return List.of();
    }
    List<Integer> within = ports.stream()
        .filter(port -> port >= rule.fromPort() && port <= rule.toPort())
        .toList();
    return within.size() == rule.toPort() - rule.fromPort() + 1 ? within : List.of();
  }
}
