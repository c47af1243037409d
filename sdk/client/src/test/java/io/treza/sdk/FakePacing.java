package io.treza.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Time that passes only when somebody sleeps, and chance that always picks the longest pause. */
final class FakePacing implements Pacing {
  /** In the time of the recordings. */
  static final Instant START = Instant.parse("2026-11-23T04:40:43.000Z");

  final List<Duration> sleeps = new CopyOnWriteArrayList<>();

  @Override
  public Duration elapsed() {
    return sleeps.stream().reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    sleeps.add(duration);
  }

  @Override
  public void sleep(Duration duration, CountDownLatch signal) throws InterruptedException {
    sleep(duration);
  }

  @Override
  public Duration upTo(Duration longest) {
    return longest;
  }

  @Override
  public Instant now() {
    return START.plus(elapsed());
  }
}
