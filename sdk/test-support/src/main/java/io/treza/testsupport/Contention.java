package io.treza.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Sixty-four callers who ask at once. */
public final class Contention {
  /** How many they are. */
  public static final int CALLERS = 64;

  private Contention() {}

  /** What each caller was answered, by its number. */
  public static <T> List<T> together(IntFunction<T> question) throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      CountDownLatch all = new CountDownLatch(CALLERS);
      List<Future<T>> answers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        Callable<T> task = () -> {
          all.countDown();
          all.await();
          return question.apply(caller);
        };
        answers.add(callers.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> answer : answers) {
        results.add(answer.get());
      }
      return results;
    } finally {
      callers.shutdownNow();
    }
  }
}
