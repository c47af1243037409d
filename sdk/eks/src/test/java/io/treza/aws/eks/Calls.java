package io.treza.aws.eks;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.treza.aws.eks.played.PlayedApiServer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Has one call to the API server fail, counted from when it was said; only those of the thread that
 * said so, since what a gatekeeper's threads ask comes when it comes.
 */
final class Calls implements Interceptor {
  /** Ends a process: nothing of it may run any more. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1;

    Crash() {
      super("the process was killed", null, false, false);
    }
  }

  private final List<String> made = new ArrayList<>();
  private final Thread caller = Thread.currentThread();
  private final BiPredicate<Integer, String> which;
  private final boolean crash;
  private boolean failed;

  private Calls(BiPredicate<Integer, String> which, boolean crash) {
    this.which = which;
    this.crash = crash;
  }

  /** The process ends instead of making the n-th call. */
  static Calls crashBefore(int call) {
    return new Calls((number, made) -> number == call, true);
  }

  /** The n-th call is refused. */
  static Calls refuse(int call) {
    return new Calls((number, made) -> number == call, false);
  }

  /** The first call like this is refused. */
  static Calls refuseFirst(String call) {
    return new Calls((number, made) -> made.equals(call), false);
  }

  /** None fails. */
  static Calls all() {
    return new Calls((number, made) -> false, false);
  }

  /** Whether it came to that call. */
  boolean failed() {
    return failed;
  }

  /** What was called, the one that failed last. */
  List<String> made() {
    return List.copyOf(made);
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (Thread.currentThread() != caller) {
      return;
    }
    String call = request.method() + " " + request.uri().getPath();
    made.add(call);
    if (failed || !which.test(made.size(), call)) {
      return;
    }
    failed = true;
    if (crash) {
      throw new Crash();
    }
    builder.setHeader(PlayedApiServer.REFUSED, "yes");
  }

  /** A client whose calls these are. */
  KubernetesClient client(String url) {
    Config config = new ConfigBuilder(Config.empty()).withMasterUrl(url).build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("calls", this))
        .build();
  }
}
