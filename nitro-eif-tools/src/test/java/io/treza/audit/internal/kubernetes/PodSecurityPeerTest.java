package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.PodSecurity;
import io.treza.audit.PodSecurity.Level;
import io.treza.audit.PodSecurity.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every version of the Pod Security Standards decides as Kubernetes' own code does, over pods made
 * at random.
 *
 * <p>What that code says is written down in {@code pod-security-decisions.txt}. To write it again,
 * with the pods' digest as its first line, after {@link RandomPods} or the version in {@code
 * src/test/go/podsecurity/go.mod} has changed:
 *
 * <pre>{@code
 * java -cp target/test-classes io.treza.audit.internal.kubernetes.RandomPods > pods
 * (sha256sum < pods | cut -c 1-64; cd src/test/go/podsecurity; go run . < ../../../../pods)
 * }</pre>
 */
class PodSecurityPeerTest {
  private record Revision(String check, int since) {}

  private record Decisions(String digest, List<Revision> revisions, List<String> lines) {}

  private static Decisions decisions() throws IOException {
    try (InputStream in =
        PodSecurityPeerTest.class.getResourceAsStream("pod-security-decisions.txt")) {
      List<String> lines =
          new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
      List<Revision> revisions = lines.stream()
          .filter(line -> line.startsWith("# "))
          .map(line -> line.split(" "))
          .map(words -> new Revision(words[1], Integer.parseInt(words[2])))
          .toList();
      return new Decisions(
          lines.get(0), revisions, lines.subList(1 + revisions.size(), lines.size()));
    }
  }

  @Test
  void everyCheckOfEveryVersionDecidesAsKubernetesDoes() throws Exception {
    Decisions decisions = decisions();
    List<String> pods = RandomPods.lines();
    String text = pods.stream().map(pod -> pod + "\n").collect(Collectors.joining());
    assertEquals(
        decisions.digest,
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256")
                .digest(text.getBytes(StandardCharsets.US_ASCII))),
        "the pods have changed, and the decisions are about others");
    assertEquals(pods.size(), decisions.lines.size());

    List<String> disagreements = new ArrayList<>();
    Map<Revision, Integer> forbade = new HashMap<>();
    for (int i = 0; i < pods.size(); i++) {
      Pod pod = pod(pods.get(i));
      String[] bits = decisions.lines.get(i).split(" ");
      BigInteger baseline = new BigInteger(bits[1], 16);
      BigInteger restricted = new BigInteger(bits[2], 16);
      for (int minor = 0; minor <= PodSecurity.Version.latest().minor(); minor++) {
        PodSecurity ours = PodSecurityStandards.judge(pod, new PodSecurity.Version(minor));
        Set<String> theirChecks =
            checks(decisions.revisions, new BigInteger(bits[0], 16), minor, forbade);
        Set<String> ourChecks = checks(ours);
        if (!ourChecks.equals(theirChecks)
            || ours.allowedBy(Level.BASELINE) == baseline.testBit(minor)
            || ours.allowedBy(Level.RESTRICTED) == restricted.testBit(minor)) {
          disagreements.add(pods.get(i) + " at v1." + minor + ": " + theirChecks + ", here "
              + ourChecks + ", levels " + baseline.testBit(minor) + restricted.testBit(minor));
        }
      }
    }
    assertEquals(List.of(), disagreements);
    assertEquals(31, decisions.revisions.size());
    for (Revision revision : decisions.revisions) {
      assertTrue(forbade.getOrDefault(revision, 0) > 0, revision + " has forbidden nothing");
    }
  }

  private static Pod pod(String text) throws Exception {
    Node node = new YamlDocuments(text, new Budget("pod")).next().orElseThrow();
    return Pod.of(Field.root("pod", node));
  }

  private static Set<String> checks(PodSecurity security) {
    return java.util.stream.Stream.of(security.baseline(), security.restricted())
        .flatMap(List::stream)
        .map(Violation::check)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The checks of which the revision in force forbids the pod. */
  private static Set<String> checks(
      List<Revision> revisions, BigInteger forbids, int minor, Map<Revision, Integer> forbade) {
    Map<String, Integer> inForce = new HashMap<>();
    for (int bit = 0; bit < revisions.size(); bit++) {
      if (revisions.get(bit).since <= minor) {
        inForce.put(revisions.get(bit).check, bit);
      }
    }
    Set<String> checks = new TreeSet<>();
    inForce.forEach((check, bit) -> {
      if (forbids.testBit(bit)) {
        checks.add(check);
        forbade.merge(revisions.get(bit), 1, Integer::sum);
      }
    });
    return checks;
  }
}
