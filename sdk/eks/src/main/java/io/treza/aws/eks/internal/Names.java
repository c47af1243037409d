package io.treza.aws.eks.internal;

import java.util.Locale;
import java.util.regex.Pattern;

/** The names by which Kubernetes knows what belongs to this project. */
public final class Names {
  /** Who looks after an object (Kubernetes' recommended labels). */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** The value of {@link #MANAGED_BY}. */
  public static final String TREZA = "treza";

  /** The label with the deployment's name. */
  public static final String DEPLOYMENT = "treza.io/deployment";

  /** The label with the owner. */
  public static final String OWNER = "treza.io/owner";

  /** The label of a node with its own name. */
  static final String NODE = "kubernetes.io/hostname";

  /** The annotation of a pod with the release that it claims to run. */
  public static final String RELEASE = "treza.io/release";

  /** The condition that a pod's readiness waits for. */
  public static final String ATTESTED = "treza.io/attested";

  /** The label of nodes that run the device plugin (its manifest's nodeSelector). */
  public static final String DEVICE_PLUGIN_LABEL = "aws-nitro-enclaves-k8s-dp";

  /** The container of an enclave's pod. */
  public static final String CONTAINER = "enclave";

  /** Who owns the fields that server-side apply sets. */
  public static final String FIELD_MANAGER = "treza";

  private static final Pattern LABEL_VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
  // With "treza-" before it, a Service's name: RFC 1035, at most 63.
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_-]{0,55}[A-Za-z0-9])?");

  private Names() {}

  /**
   * The name itself.
   *
   * @throws IllegalArgumentException if it cannot be a deployment's
   */
  public static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("a deployment's name is 1 to 57 letters, digits, _ and -,"
          + " and begins and ends with a letter or digit, not \"" + name + "\"");
    }
    return name;
  }

  /**
   * The value itself.
   *
   * @throws IllegalArgumentException if Kubernetes takes no such value for a label
   */
  public static String requireLabelValue(String what, String value) {
    if (!LABEL_VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException(what + " is 1 to 63 letters, digits, ., _ and -, and"
          + " begins and ends with a letter or digit, not \"" + value + "\"");
    }
    return value;
  }

  /** The name of the Deployment and the Service. */
  public static String kubernetesName(String name) {
    return "treza-" + requireName(name).toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
