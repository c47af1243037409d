package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.List;

/**
 * E09: whether a pod that starts enclaves asks for the memory they take.
 *
 * <p>AWS's device plugin counts enclaves as the resource {@code aws.ec2.nitro/nitro_enclaves}, and
 * enclaves take their memory from huge pages of the node.
 */
final class EnclaveRules {
  private static final String ENCLAVES = "aws.ec2.nitro/nitro_enclaves";

  private EnclaveRules() {}

  static void judge(Pod pod, Findings findings) throws WrongType {
    for (Container container : pod.containers()) {
      Field limits = container.field().at("resources.limits");
      if (!limits.get(ENCLAVES).present()) {
        continue;
      }
      boolean any = false;
      for (String pages : List.of("hugepages-1Gi", "hugepages-2Mi")) {
        Field limit = limits.get(pages);
        Field request = container.field().at("resources.requests").get(pages);
        any |= limit.present();
        if (request.present() && !request.loose().equals(limit.loose())) {
          findings.add(
              "E09-hugepages",
              Result.WARN,
              request,
              container.label() + " requests " + Shown.of(request.loose()) + " of " + pages
                  + " and has the limit \"" + Shown.of(limit.loose())
                  + "\"; Kubernetes refuses what is not equal",
              "Write the same amount as request and as limit.");
        } else if (limit.present()) {
          findings.add(
              "E09-hugepages",
              Result.INCONCLUSIVE,
              limit,
              container.label() + " starts enclaves with " + Shown.of(limit.loose()) + " of "
                  + pages + "; whether that is four times the enclave image file is not known here",
              "Audit the image too.");
        }
      }
      if (!any) {
        findings.add(
            "E09-hugepages",
            Result.WARN,
            limits,
            container.label() + " starts enclaves and asks for no huge pages, so none will start",
            "Write hugepages-1Gi or hugepages-2Mi, equal under limits and requests.");
      }
    }
  }
}
