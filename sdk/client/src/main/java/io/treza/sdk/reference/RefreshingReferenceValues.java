package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.VerifiedReferenceValues;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reference values that stay up to date: fetched and verified in the background now and then, and at
 * once when a document fits none of them.
 *
 * <p>While newer ones cannot be had or are refused, the last good ones stay in force, until they
 * expire. Whoever sends documents can cause a fetch on demand, so there is at most one in each
 * {@linkplain Builder#minimumInterval interval}, one at a time, and nobody waits for it longer than
 * the {@linkplain Builder#patience patience} allows.
 */
public final class RefreshingReferenceValues implements ReferenceValuesSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RefreshingReferenceValues.class);

  /** Of the period, to each side: a fleet that was started at once does not ask at once. */
  private static final double JITTER = 0.2;

  private final ReferenceValuesFetcher fetcher;
  private final ReferenceValuesVerifier verifier;
  private final Duration period;
  private final Duration minimumInterval;
  private final Duration patience;
  private final RefreshListener listener;
  private final ScheduledExecutorService executor;
  private final boolean ownExecutor;
  private final Supplier<Duration> elapsed;
  private final RandomGenerator random;

  private volatile Outcome known = new Outcome(
      Optional.empty(),
      Optional.of(new ReferenceValuesException(
          Problem.UNAVAILABLE, "the reference values have not been fetched yet")));

  private final Object lock = new Object();
  private Optional<CompletableFuture<Outcome>> underWay = Optional.empty();
  private Optional<Duration> lastBegan = Optional.empty();
  private Optional<Future<?>> next = Optional.empty();
  private int failures;
  private boolean closed;

  private RefreshingReferenceValues(Builder builder) {
    this.fetcher = builder.fetcher;
    this.verifier = builder.verifier;
    this.period = builder.period;
    this.minimumInterval = builder.minimumInterval;
    this.patience = builder.patience;
    this.listener = builder.listener;
    this.ownExecutor = builder.executor.isEmpty();
    this.executor = builder.executor.orElseGet(RefreshingReferenceValues::oneThread);
    this.elapsed = builder.elapsed;
    this.random = builder.random;
  }

  /**
   * What is known after an attempt.
   *
   * @param good the last values that were accepted
   * @param failure why the last attempt brought none
   */
  private record Outcome(
      Optional<ReferenceValues> good, Optional<ReferenceValuesException> failure) {}

  private static ScheduledExecutorService oneThread() {
    return new ScheduledThreadPoolExecutor(1, task -> {
      Thread thread = new Thread(task, "treza-reference-values");
      thread.setDaemon(true);
      return thread;
    });
  }

  /**
   * Starts with where the file comes from, and what decides whether it is accepted.
   *
   * @param verifier with a {@link FileSequenceStore} if the process may be restarted
   */
  public static Builder builder(ReferenceValuesFetcher fetcher, ReferenceValuesVerifier verifier) {
    return new Builder(fetcher, verifier);
  }

  @Override
  public ReferenceValues current() throws ReferenceValuesException {
    Outcome now = known;
    if (now.good().isEmpty()) {
      throw copy(now.failure().orElseThrow());
    }
    return now.good().get();
  }

  @Override
  public ReferenceValues refresh() throws ReferenceValuesException {
    Optional<CompletableFuture<Outcome>> attempt = begin(true);
    if (attempt.isPresent()) {
      Optional<ReferenceValuesException> failure = await(attempt.get()).failure();
      if (failure.isPresent()) {
        throw copy(failure.get());
      }
    }
    return current();
  }

  /** Stops refreshing. What is current stays so until it expires. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      next.ifPresent(task -> task.cancel(false));
    }
    if (ownExecutor) {
      executor.shutdownNow();
    }
  }

  /** The attempt under way, or a new one; none if it would be the second in an interval. */
  private Optional<CompletableFuture<Outcome>> begin(boolean onDemand) {
    CompletableFuture<Outcome> attempt = new CompletableFuture<>();
    synchronized (lock) {
      Duration now = elapsed.get();
      if (underWay.isPresent()) {
        return underWay;
      }
      if (closed
          || (onDemand
              && lastBegan
                  .filter(began -> now.minus(began).compareTo(minimumInterval) < 0)
                  .isPresent())) {
        return Optional.empty();
      }
      underWay = Optional.of(attempt);
      lastBegan = Optional.of(now);
    }
    try {
      executor.execute(() -> make(attempt));
    } catch (RejectedExecutionException e) {
      finish(attempt, failed("no thread to fetch them with: " + e.getMessage(), e));
    }
    return Optional.of(attempt);
  }

  private void make(CompletableFuture<Outcome> attempt) {
    Outcome outcome;
    try {
      VerifiedReferenceValues verified = verifier.verify(fetcher.fetch());
      outcome = new Outcome(Optional.of(verified.values()), Optional.empty());
      tell(() -> listener.accepted(verified));
    } catch (ReferenceValuesException e) {
      outcome = new Outcome(known.good(), Optional.of(e));
    } catch (IOException | RuntimeException e) {
      outcome = failed("the reference values could not be fetched: " + e.getMessage(), e);
    }
    finish(attempt, outcome);
  }

  private Outcome failed(String message, Exception cause) {
    return new Outcome(
        known.good(),
        Optional.of(new ReferenceValuesException(Problem.UNAVAILABLE, message, cause)));
  }

  private void finish(CompletableFuture<Outcome> attempt, Outcome outcome) {
    known = outcome;
    outcome.failure().ifPresent(why -> tell(() -> listener.failed(why)));
    synchronized (lock) {
      underWay = Optional.empty();
      failures = outcome.failure().isPresent() ? failures + 1 : 0;
      next.ifPresent(task -> task.cancel(false));
      next = scheduled();
    }
    attempt.complete(outcome);
  }

  private Optional<Future<?>> scheduled() {
    if (closed) {
      return Optional.empty();
    }
    Runnable again = () -> begin(false);
    try {
      return Optional.of(executor.schedule(again, pause().toMillis(), TimeUnit.MILLISECONDS));
    } catch (RejectedExecutionException e) {
      LOG.warn("Reference values are refreshed on demand only: the executor was shut down");
      return Optional.empty();
    }
  }

  /** The period, or less after failures: from the shortest interval on, doubling. */
  private Duration pause() {
    Duration pause = period;
    if (failures > 0 && failures <= Integer.SIZE - 2) {
      Duration sooner = minimumInterval.multipliedBy(1L << (failures - 1));
      pause = sooner.compareTo(period) < 0 ? sooner : period;
    }
    return Duration.ofMillis(
        (long) (pause.toMillis() * (1 - JITTER + 2 * JITTER * random.nextDouble())));
  }

  private Outcome await(CompletableFuture<Outcome> attempt) throws ReferenceValuesException {
    try {
      return attempt.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ReferenceValuesException(
          Problem.UNAVAILABLE, "no newer reference values within " + patience, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ReferenceValuesException(Problem.UNAVAILABLE, "interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("an attempt ends with an outcome", e);
    }
  }

  /** Each thread that is told gets a trace of its own. */
  private static ReferenceValuesException copy(ReferenceValuesException failure) {
    return new ReferenceValuesException(
        failure.problem(), String.valueOf(failure.getMessage()), failure);
  }

  private static void tell(Runnable message) {
    try {
      message.run();
    } catch (RuntimeException e) {
      LOG.warn("A listener to refreshed reference values failed", e);
    }
  }

  /** Collects the settings that have defaults. */
  public static final class Builder {
    private final ReferenceValuesFetcher fetcher;
    private final ReferenceValuesVerifier verifier;
    private Duration period = Duration.ofMinutes(5);
    private Duration minimumInterval = Duration.ofSeconds(10);
    private Duration patience = Duration.ofSeconds(5);
    private RefreshListener listener = new LoggedRefreshes();
    private Optional<ScheduledExecutorService> executor = Optional.empty();
    private Supplier<Duration> elapsed = () -> Duration.ofNanos(System.nanoTime());
    private RandomGenerator random = RandomGenerator.getDefault();

    private Builder(ReferenceValuesFetcher fetcher, ReferenceValuesVerifier verifier) {
      this.fetcher = Objects.requireNonNull(fetcher);
      this.verifier = Objects.requireNonNull(verifier);
    }

    /** How often to ask in the background, a fifth more or less; by default every 5 minutes. */
    public Builder period(Duration duration) {
      this.period = positive("period", duration);
      return this;
    }

    /** How long after an attempt a document may cause another; by default 10 seconds. */
    public Builder minimumInterval(Duration duration) {
      this.minimumInterval = positive("minimumInterval", duration);
      return this;
    }

    /** How long a document may be held up while newer values are fetched; by default 5 seconds. */
    public Builder patience(Duration duration) {
      this.patience = positive("patience", duration);
      return this;
    }

    /** Who hears of every attempt; by default SLF4J, failures as warnings. */
    public Builder listener(RefreshListener hears) {
      this.listener = Objects.requireNonNull(hears);
      return this;
    }

    /** Who fetches, one attempt at a time; stays open. By default a daemon thread of its own. */
    public Builder executor(ScheduledExecutorService service) {
      this.executor = Optional.of(service);
      return this;
    }

    /** How time passes, for tests. */
    Builder elapsed(Supplier<Duration> source) {
      this.elapsed = source;
      return this;
    }

    /** What the jitter is drawn from, for tests. */
    Builder random(RandomGenerator source) {
      this.random = source;
      return this;
    }

    /**
     * Asks for the values and waits for the first answer, as long as the {@link #patience} allows.
     * That there is none yet is no error here, and every document is refused until there is: a
     * service that would rather not start calls {@link RefreshingReferenceValues#current}.
     */
    public RefreshingReferenceValues start() {
      RefreshingReferenceValues source = new RefreshingReferenceValues(this);
      try {
        source.refresh();
      } catch (ReferenceValuesException e) {
        LOG.debug("Started without reference values", e);
      }
      return source;
    }

    private static Duration positive(String name, Duration duration) {
      if (duration.isZero() || duration.isNegative()) {
        throw new IllegalArgumentException(name + " must be positive, but is " + duration);
      }
      return duration;
    }
  }
}
