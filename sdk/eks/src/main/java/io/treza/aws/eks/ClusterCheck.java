package io.treza.aws.eks;

import io.treza.aws.eks.internal.check.ClusterSurvey;
import io.treza.aws.eks.internal.check.NodeGroups;
import io.treza.aws.eks.internal.check.Permissions;
import java.io.IOException;
import java.util.List;

/**
 * Says what a cluster lacks before anything is made on it. All of it is the cluster's and AWS's word,
 * good for mending a cluster; it says nothing about what runs.
 */
public final class ClusterCheck {
  private ClusterCheck() {}

  /**
   * Looks at permissions, namespace, nodes, device plugin and what is free. Changes nothing.
   *
   * @return what was found, link by link; a link that may not be looked at is not met
   * @throws IOException if the cluster cannot be asked at all
   */
  public static List<ClusterFinding> of(EnclaveCluster cluster, EnclaveDemand demand)
      throws IOException {
    Permissions.Verdict verdict = Permissions.ask(cluster.client(), cluster.namespace());
    return new ClusterSurvey(cluster.client(), cluster.namespace(), demand).findings(verdict);
  }

  /**
   * Looks at a managed node group: its labels, launch template, user data and instance types. Changes
   * nothing. Credentials come from where the AWS SDK for Java looks for them.
   *
   * @throws IOException if AWS cannot be asked
   */
  public static List<ClusterFinding> ofNodeGroup(
      String region, String clusterName, String nodeGroup) throws IOException {
    try (NodeGroups groups = NodeGroups.in(region)) {
      return groups.findings(clusterName, nodeGroup);
    }
  }
}
