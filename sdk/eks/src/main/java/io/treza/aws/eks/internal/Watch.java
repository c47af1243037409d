package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gate;
import io.treza.aws.eks.GatekeeperListener;
import io.treza.aws.eks.PodVerdict;
import io.treza.aws.eks.PodVerdict.NotAnswering;
import io.treza.aws.eks.PodVerdict.SharedEnclave;
import io.treza.aws.eks.PodVerdict.Verified;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides when which pod is judged, and sees to it that its condition says the verdict: at once when
 * it starts, again and again while it does not answer, anew after each interval, and whenever the
 * condition is not what it should be. Thread-safe.
 */
public final class Watch {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** An enclave that was attested may miss its turn this often less one: packets get lost. */
  private static final int MISSES = 3;

  private final Function<EnclavePod, PodVerdict> attestor;
  private final GateConditions conditions;
  private final GatekeeperListener listener;
  private final Duration interval;
  private final ScheduledThreadPoolExecutor workers;
  private final Map<String, Guarded> pods = new HashMap<>();
  private long changes;

  /** What is known of a pod; guarded by the watch. */
  private static final class Guarded {
    private EnclavePod pod;
    private @Nullable PodVerdict verdict;
    private Optional<String> judgedRun = Optional.empty();
    private Optional<String> moduleId = Optional.empty();
    private Optional<String> written = Optional.empty();
    private int misses;
    private boolean busy;
    private @Nullable ScheduledFuture<?> next;

    private Guarded(EnclavePod pod) {
      this.pod = pod;
    }
  }

  /**
   * A watch without pods.
   *
   * @param concurrency how many pods are judged at once
   * @param interval between two verdicts on a pod
   */
  public Watch(
      Function<EnclavePod, PodVerdict> attestor,
      GateConditions conditions,
      GatekeeperListener listener,
      int concurrency,
      Duration interval) {
    this.attestor = attestor;
    this.conditions = conditions;
    this.listener = listener;
    this.interval = interval;
    this.workers = new ScheduledThreadPoolExecutor(concurrency, task -> {
      Thread thread = new Thread(task, "treza-gatekeeper");
      thread.setDaemon(true);
      return thread;
    });
    workers.setRemoveOnCancelPolicy(true);
  }

  /** A pod is there, or has changed. */
  public synchronized void seen(EnclavePod pod) {
    Guarded known = pods.get(pod.uid());
    if (known == null) {
      known = new Guarded(pod);
      pods.put(pod.uid(), known);
    }
    known.pod = pod;
    changed();
    boolean started = pod.run().isPresent() && !pod.run().equals(known.judgedRun);
    boolean ended = pod.run().isEmpty() && pod.gate() == Gate.OPEN;
    boolean falseGate =
        known.verdict != null && known.verdict.admits() != (pod.gate() == Gate.OPEN);
    if (started || ended) {
      schedule(known, Duration.ZERO);
    } else if (falseGate && !known.busy) {
      // Somebody else wrote it, or this is from before it was written: look again a little later.
      schedule(known, FIRST_PAUSE);
    }
  }

  /** A pod is gone. */
  public synchronized void gone(String uid) {
    Guarded known = pods.remove(uid);
    if (known != null && known.next != null) {
      known.next.cancel(false);
    }
    changed();
  }

  /** What was found out about a pod's present enclave. */
  public synchronized Optional<PodVerdict> verdict(String uid) {
    return Optional.ofNullable(pods.get(uid))
        .filter(known -> known.judgedRun.equals(known.pod.run()))
        .flatMap(known -> Optional.ofNullable(known.verdict));
  }

  /** A number that is another after each change. */
  public synchronized long changes() {
    return changes;
  }

  /** Waits until something was seen or judged after that number was read, or the time is over. */
  public synchronized void await(long seen, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    long left = limit.toNanos();
    while (changes == seen && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
  }

  private synchronized void changed() {
    changes++;
    notifyAll();
  }

  /** Judges no more, and waits for those who are at it. */
  public void close() {
    workers.shutdownNow();
    try {
      workers.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void schedule(Guarded known, Duration delay) {
    if (known.next != null) {
      known.next.cancel(false);
    }
    try {
      known.next = workers.schedule(() -> visit(known), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // Closed.
    }
  }

  private void visit(Guarded known) {
    EnclavePod pod;
    synchronized (this) {
      pod = known.pod;
      if (known.busy || pods.get(pod.uid()) != known || pod.ending()) {
        return;
      }
      known.busy = true;
    }
    Duration next = interval;
    try {
      shutIfRestarted(known, pod);
      if (pod.run().isPresent()) {
        next = settle(known, pod, attestor.apply(pod));
      }
    } catch (KubernetesClientException e) {
      // Changed meanwhile, or gone, which the server tells next.
      boolean other = Faults.isNotFound(e) || Faults.isConflict(e);
      next = other ? pause(1) : LONGEST_PAUSE;
      if (!other) {
        listener.problem("write condition of pod " + pod.name() + ": " + Faults.explain(e));
      }
    } finally {
      synchronized (this) {
        known.busy = false;
        if (pods.get(pod.uid()) == known) {
          boolean restarted = !known.pod.run().equals(pod.run());
          schedule(known, restarted ? Duration.ZERO : next);
        }
        changed();
      }
    }
  }

  /** An enclave that starts after the gate was opened was attested by nobody. */
  private void shutIfRestarted(Guarded known, EnclavePod pod) {
    synchronized (this) {
      boolean same = known.judgedRun.isEmpty() || known.judgedRun.equals(pod.run());
      if (same && pod.run().isPresent()) {
        return;
      }
      known.misses = MISSES;
      known.moduleId = Optional.empty();
    }
    if (pod.gate() == Gate.OPEN) {
      write(known, new NotAnswering("its container ended; what it runs next is not attested yet"));
    }
  }

  /** Takes note of a verdict and writes it; says when to come again. */
  private Duration settle(Guarded known, EnclavePod pod, PodVerdict found) {
    PodVerdict verdict;
    int misses;
    boolean forgiven;
    synchronized (this) {
      if (!known.pod.run().equals(pod.run())) {
        // The enclave that was asked has ended meanwhile: nothing is known of the one after it.
        return Duration.ZERO;
      }
      verdict = found instanceof Verified verified ? unlessShared(known, verified) : found;
      known.misses = found instanceof NotAnswering ? known.misses + 1 : 0;
      misses = known.misses;
      forgiven = misses > 0 && misses < MISSES && known.pod.gate() == Gate.OPEN;
      if (!forgiven) {
        known.verdict = verdict;
        known.judgedRun = pod.run();
      }
    }
    try {
      if (!forgiven) {
        write(known, verdict);
      }
    } finally {
      // After the gate, which nothing that a listener does may keep open.
      listener.judged(pod, verdict);
    }
    return misses > 0 ? pause(misses) : interval;
  }

  private static Duration pause(int misses) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(misses, 6));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  /** Whoever showed an enclave first keeps it, until that pod is gone. */
  private synchronized PodVerdict unlessShared(Guarded known, Verified verified) {
    for (Guarded other : pods.values()) {
      if (other != known && other.moduleId.equals(Optional.of(verified.moduleId()))) {
        return new SharedEnclave(verified.moduleId(), other.pod.name());
      }
    }
    known.moduleId = Optional.of(verified.moduleId());
    return verified;
  }

  private void write(Guarded known, PodVerdict verdict) {
    String line = verdict.reason() + ": " + verdict.explanation();
    EnclavePod latest;
    synchronized (this) {
      latest = known.pod;
      boolean says = latest.gate() == (verdict.admits() ? Gate.OPEN : Gate.SHUT);
      if (says && known.written.equals(Optional.of(line))) {
        return;
      }
    }
    conditions.write(latest, verdict);
    synchronized (this) {
      known.written = Optional.of(line);
    }
  }
}
