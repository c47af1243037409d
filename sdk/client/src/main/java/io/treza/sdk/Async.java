package io.treza.sdk;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/** Runs something on another thread, which is interrupted when its future ends before it does. */
final class Async {
  private Async() {}

  static <T> CompletableFuture<T> run(Executor executor, Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    FutureTask<T> task = new FutureTask<>(work) {
      @Override
      protected void done() {
        // Cancelled means that the result has ended already.
        if (!isCancelled()) {
          complete(result, this);
        }
      }
    };
    // Cancelling a task that is done does nothing, so this only hears of others who ended it.
    var unused = result.whenComplete((value, failure) -> task.cancel(true));
    executor.execute(task);
    return result;
  }

  private static <T> void complete(CompletableFuture<T> result, FutureTask<T> done) {
    try {
      result.complete(done.get());
    } catch (InterruptedException e) {
      throw new IllegalStateException("a task that is done does not wait", e);
    } catch (ExecutionException e) {
      result.completeExceptionally(e.getCause());
    }
  }
}
