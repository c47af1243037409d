package io.treza.platform.internal;

import io.treza.platform.store.EnclaveStatus;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a server does. Labels come from small fixed sets, never from a request's text. */
public final class Metrics {
  private static final String DURATION = "treza_http_request_duration_seconds";
  /** Upper bounds in seconds. */
  private static final List<Double> BUCKETS =
      List.of(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

  private final ConcurrentMap<Answer, LongAdder> answers = new ConcurrentHashMap<>();
  private final ConcurrentMap<Asked, Histogram> durations = new ConcurrentHashMap<>();
  private final LongAdder launched = new LongAdder();
  private final LongAdder notLaunched = new LongAdder();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  /** What was asked for. */
  private record Asked(String method, String route) {
    private Map<String, String> labels() {
      Map<String, String> labels = new LinkedHashMap<>();
      labels.put("method", method);
      labels.put("route", route);
      return labels;
    }

    private Map<String, String> with(String name, String value) {
      Map<String, String> labels = labels();
      labels.put(name, value);
      return labels;
    }
  }

  private record Answer(Asked asked, int status) {}

  /** How long requests took; the last bucket is for those above every bound. */
  private static final class Histogram {
    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS.size() + 1);
    private final LongAdder nanoseconds = new LongAdder();

    private void add(Duration time) {
      int bucket = Collections.binarySearch(BUCKETS, time.toNanos() / 1e9);
      counts.incrementAndGet(bucket < 0 ? -bucket - 1 : bucket);
      nanoseconds.add(time.toNanos());
    }
  }

  /** A request was answered. */
  void answered(String method, String route, int status, Duration time) {
    Asked asked = new Asked(method, route);
    answers.computeIfAbsent(new Answer(asked, status), key -> new LongAdder()).increment();
    durations.computeIfAbsent(asked, key -> new Histogram()).add(time);
  }

  /** The backend has launched an enclave, or failed to. */
  void launched(boolean done) {
    (done ? launched : notLaunched).increment();
  }

  /** Evidence was verified, and accepted or not. */
  void verified(boolean valid) {
    (valid ? accepted : rejected).increment();
  }

  /** All of it, in Prometheus' text format. */
  String text(Map<EnclaveStatus, Long> enclaves, int inFlight) {
    Exposition out = new Exposition();
    out.family("treza_http_requests_total", "counter", "Requests that were answered.");
    sorted(answers)
        .forEach((answer, count) -> out.sample(
            "treza_http_requests_total",
            answer.asked().with("status", Integer.toString(answer.status())),
            count.sum()));
    out.family(DURATION, "histogram", "Seconds until a request was answered.");
    sorted(durations).forEach((asked, histogram) -> write(out, asked, histogram));
    out.family("treza_http_requests_in_flight", "gauge", "Requests being answered.");
    out.sample("treza_http_requests_in_flight", Map.of(), inFlight);
    out.family("treza_enclaves", "gauge", "Enclaves by status.");
    enclaves.forEach(
        (status, count) -> out.sample("treza_enclaves", Map.of("status", status.name()), count));
    out.family("treza_launches_total", "counter", "Launches by what became of them.");
    out.sample("treza_launches_total", Map.of("outcome", "launched"), launched.sum());
    out.sample("treza_launches_total", Map.of("outcome", "failed"), notLaunched.sum());
    out.family("treza_verifications_total", "counter", "Evidence by verdict.");
    out.sample("treza_verifications_total", Map.of("verdict", "valid"), accepted.sum());
    out.sample("treza_verifications_total", Map.of("verdict", "invalid"), rejected.sum());
    return out.toString();
  }

  private static void write(Exposition out, Asked asked, Histogram histogram) {
    long total = 0;
    for (int i = 0; i <= BUCKETS.size(); i++) {
      total += histogram.counts.get(i);
      double bound = i < BUCKETS.size() ? BUCKETS.get(i) : Double.POSITIVE_INFINITY;
      out.sample(DURATION + "_bucket", asked.with("le", Exposition.number(bound)), total);
    }
    out.sample(DURATION + "_sum", asked.labels(), histogram.nanoseconds.sum() / 1e9);
    out.sample(DURATION + "_count", asked.labels(), total);
  }

  /** In the same order at each scrape. */
  private static <K, V> Map<K, V> sorted(Map<K, V> map) {
    Map<K, V> sorted = new TreeMap<>(Comparator.comparing(Object::toString));
    sorted.putAll(map);
    return sorted;
  }
}
