package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Says what went wrong with an API server and what to do about it. */
public final class Faults {
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int INVALID = 422;
  private static final int TOO_MANY = 429;
  private static final int SERVER_ERROR = 500;

  private Faults() {}

  /** Asks the server, and says what it was asked if it refuses. */
  public static <T> T explained(String what, Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      throw new IOException(what + ": " + explain(e), e);
    }
  }

  /** Whether there is no such object. */
  public static boolean isNotFound(KubernetesClientException e) {
    return e.getCode() == NOT_FOUND;
  }

  /** Whether the object is another than the caller thought. */
  public static boolean isConflict(KubernetesClientException e) {
    return e.getCode() == CONFLICT;
  }

  /** Whether the server does not take what it was sent. */
  public static boolean isInvalid(KubernetesClientException e) {
    return e.getCode() == INVALID;
  }

  /** Whether a log was asked for of a container that has yet to start. */
  public static boolean isNotStarted(KubernetesClientException e) {
    return e.getCode() == BAD_REQUEST;
  }

  /** Whether the server may answer if it is asked again: it was not there, or had too much to do. */
  public static boolean mayPass(IOException e) {
    return e.getCause() instanceof KubernetesClientException cause
        && (cause.getCode() == 0 || cause.getCode() == TOO_MANY || cause.getCode() >= SERVER_ERROR);
  }

  /** In one line. */
  public static String explain(KubernetesClientException e) {
    String said = Optional.ofNullable(e.getStatus())
        .map(Status::getMessage)
        .or(() -> Optional.ofNullable(e.getMessage()))
        .orElse("no reason given");
    return switch (e.getCode()) {
      case UNAUTHORIZED ->
        "the API server does not know these credentials (401): renew them; on EKS, give the"
            + " caller an access entry of the cluster";
      // The server names user, verb, resource and namespace.
      case FORBIDDEN -> said + "; grant that verb: docs/eks.md has the whole Role";
      case NOT_FOUND -> said + " (404)";
      case CONFLICT -> said + "; it was changed meanwhile: look, and try again";
      case INVALID -> said + "; the cluster does not take this object";
      case TOO_MANY -> "the API server is asked too often; try later";
      case 0 -> "the API server cannot be reached: " + rootMessage(e);
      default -> said + " (" + e.getCode() + ")";
    };
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName()
        + Optional.ofNullable(root.getMessage()).map(m -> ": " + m).orElse("");
  }
}
