package io.treza.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of an enclave's log as they come, each once: looks again and again at the newest and
 * hands out those it has not seen.
 *
 * <p>The platform numbers no lines, so a line is known by all it consists of, and how often it was
 * in one answer: the same line twice in one millisecond is two lines.
 */
final class LogFollow implements Iterator<LogEntry>, AutoCloseable {
  static final int WINDOW = 1000;
  private static final int MOST_KEPT = 4 * WINDOW;
  private static final Logger LOG = LoggerFactory.getLogger(LogFollow.class);

  private final Rest rest;
  private final String enclaveId;
  private final LogType type;
  private final Duration interval;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Deque<LogEntry> ready = new ArrayDeque<>();
  private final Map<LogType, Seen> seen = new HashMap<>();
  private Duration pause = Duration.ZERO;
  private boolean ended;
  private boolean found;

  LogFollow(Rest rest, String enclaveId, LogType type, Duration interval) {
    this.rest = rest.once();
    this.enclaveId = enclaveId;
    this.type = type;
    this.interval = interval;
  }

  /** What was handed out of one kind, and the time before which everything counts as such. */
  private static final class Seen {
    private final Map<LogEntry, Integer> counts = new HashMap<>();
    private Instant horizon = Instant.MIN;

    /** Those of an answer, newest first, that are new; oldest first. */
    List<LogEntry> newOf(List<LogEntry> answer) {
      Map<LogEntry, Integer> here = new HashMap<>();
      List<LogEntry> fresh = new ArrayList<>();
      for (LogEntry entry : answer) {
        int times = here.merge(entry, 1, Integer::sum);
        if (times > counts.getOrDefault(entry, 0) && !time(entry).isBefore(horizon)) {
          fresh.add(entry);
        }
      }
      here.forEach((entry, times) -> counts.merge(entry, times, Math::max));
      if (counts.size() > MOST_KEPT) {
        // Lines without a time say nothing of how far back the answer goes.
        counts.keySet().removeIf(e -> e.timestamp().isEmpty() && !here.containsKey(e));
        answer.stream()
            .flatMap(entry -> entry.timestamp().stream())
            .min(Instant::compareTo)
            .ifPresent(this::forgetBefore);
      }
      Collections.reverse(fresh);
      return fresh;
    }

    /** What has slid out of the newest lines does not come back, and if it does it is not new. */
    private void forgetBefore(Instant oldest) {
      if (oldest.isAfter(horizon)) {
        horizon = oldest;
        counts.keySet().removeIf(entry -> time(entry).isBefore(oldest));
      }
    }

    private static Instant time(LogEntry entry) {
      return entry.timestamp().orElse(Instant.MAX);
    }
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && !ended && closed.getCount() > 0) {
      pause();
      if (closed.getCount() > 0) {
        look();
      }
    }
    return !ready.isEmpty() && closed.getCount() > 0;
  }

  @Override
  public LogEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the log of " + enclaveId + " has ended");
    }
    return ready.remove();
  }

  private void look() {
    pause = interval;
    try {
      EnclaveLogs logs = new EnclaveApi(rest).logs(enclaveId, type, WINDOW);
      found = true;
      List<LogEntry> fresh = new ArrayList<>();
      logs.logs()
          .forEach((kind, lines) ->
              fresh.addAll(seen.computeIfAbsent(kind, k -> new Seen()).newOf(lines)));
      fresh.sort(Comparator.comparing(Seen::time));
      ready.addAll(fresh);
      ended = logs.status().isFinal();
    } catch (TrezaException.NotFound e) {
      if (!found) {
        throw e;
      }
      ended = true;
    } catch (TrezaException e) {
      if (!e.isTransient()) {
        throw e;
      }
      pause = e.pauseAtLeast(interval);
      LOG.debug("Following the log of {} goes on after: {}", enclaveId, e.getMessage());
    }
  }

  /** None before the first look. */
  private void pause() {
    try {
      if (!pause.isZero()) {
        rest.pacing().sleep(pause, closed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrezaException.Cancelled("following the log of " + enclaveId + ": interrupted");
    }
  }

  /** Ends a {@link #hasNext} that waits on another thread, too. */
  @Override
  public void close() {
    closed.countDown();
  }
}
