package io.treza.aws.eks.played;

import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.treza.aws.eks.played.PlayedApiServer.Request;
import java.util.List;

/**
 * The API server of a cluster for tests: {@link PlayedApiServer}, or with the system property {@code
 * treza.kubernetes=real} a {@link RealApiServer}.
 */
public interface ApiServer extends AutoCloseable {
  /** The one that the system property asks for. */
  static ApiServer start(String namespace) {
    return System.getProperty("treza.kubernetes", "played").equals("real")
        ? RealApiServer.start(namespace)
        : new PlayedApiServer();
  }

  /** A client for the program under test, whose requests are recorded. */
  NamespacedKubernetesClient client();

  /** A client for those who play the cluster's own programs. */
  NamespacedKubernetesClient playersClient();

  /** Whether Kubernetes' own controllers and scheduler are there, so that nobody plays them. */
  boolean hasControllers();

  /** The port at which the players' nodes answer for their pods. */
  int kubeletPort();

  /** A kubeconfig for the program under test, in a namespace. */
  String kubeconfig(String namespace);

  /** Its address, for clients without credentials; skips the test if it has none for them. */
  String url();

  /** What was asked of it, in order; but not by the players. */
  List<Request> requests();

  /**
   * Answers the next requests that match with an error, or skips the test if it cannot.
   *
   * @param request a regular expression for {@code METHOD /path}
   */
  void failNext(int times, String request, int code, String message);

  /**
   * Ends all connections and comes back at the same address with the same objects, or skips the
   * test if it cannot.
   */
  void restart();

  /** Ends it, or forgets what was in it. */
  @Override
  void close();
}
