package io.treza.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/** Keeps every request to AWS as it was made, and has chosen ones fail. */
final class Calls implements ExecutionInterceptor {
  /** Ends a process: nothing of it may run any more. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1;

    Crash() {
      super("the process was killed", null, false, false);
    }
  }

  /** One call, for example {@code Ec2.RunInstances}. */
  record Call(String operation, SdkRequest request) {}

  private enum When {
    BEFORE,
    AFTER
  }

  private record Fault(int call, String operation, When when, Supplier<Throwable> what) {}

  private final List<Call> calls = new ArrayList<>();
  private Optional<Fault> fault = Optional.empty();
  private int count;

  /** All calls so far. */
  synchronized List<Call> all() {
    return List.copyOf(calls);
  }

  /** The operations of all calls so far. */
  List<String> operations() {
    return all().stream().map(Call::operation).toList();
  }

  /** The request of the only call of this kind. */
  synchronized <T extends SdkRequest> T only(Class<T> type) {
    List<T> found = calls.stream()
        .map(Call::request)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " calls of " + type.getSimpleName());
    }
    return found.get(0);
  }

  /** Has every call of an operation refused with a code of AWS's. */
  synchronized void refuse(String operation, String code, String message) {
    fault = Optional.of(new Fault(0, operation, When.BEFORE, () -> refusal(code, message)));
  }

  /** Has whoever makes a call of an operation be interrupted. */
  synchronized void interrupt(String operation) {
    fault = Optional.of(
        new Fault(0, operation, When.BEFORE, () -> AbortedException.create("interrupted")));
  }

  /** Has the n-th call from now be answered, and its answer be lost. */
  synchronized void loseAnswer(int call) {
    arm(call, When.AFTER, () -> refusal("InternalError", "An internal error has occurred"));
  }

  /** Has the n-th call from now never reach AWS. */
  synchronized void loseCall(int call) {
    arm(call, When.BEFORE, () -> refusal("InternalError", "An internal error has occurred"));
  }

  /** Has this process end before the n-th call from now. */
  synchronized void crashBefore(int call) {
    arm(call, When.BEFORE, Crash::new);
  }

  /** Has this process end when the n-th call from now was answered. */
  synchronized void crashAfter(int call) {
    arm(call, When.AFTER, Crash::new);
  }

  private void arm(int call, When when, Supplier<Throwable> what) {
    count = 0;
    fault = Optional.of(new Fault(call, "", when, what));
  }

  /** Has everything work again. */
  synchronized void heal() {
    fault = Optional.empty();
  }

  static AwsServiceException refusal(String code, String message) {
    return AwsServiceException.builder()
        .message(message)
        .statusCode(400)
        .awsErrorDetails(
            AwsErrorDetails.builder().errorCode(code).errorMessage(message).build())
        .build();
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    String operation = operation(attributes);
    synchronized (this) {
      calls.add(new Call(operation, context.request()));
      count++;
    }
    fail(When.BEFORE, operation);
  }

  @Override
  public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
    fail(When.AFTER, operation(attributes));
  }

  private static String operation(ExecutionAttributes attributes) {
    return attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME) + "."
        + attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
  }

  private void fail(When when, String operation) {
    Optional<Fault> now;
    synchronized (this) {
      now = fault.filter(f -> f.when() == when
          && (f.operation().isEmpty() ? f.call() == count : f.operation().equals(operation)));
      if (now.isPresent() && now.get().operation().isEmpty()) {
        fault = Optional.empty();
      }
    }
    if (now.isPresent()) {
      Throwable thrown = now.get().what().get();
      if (thrown instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) thrown;
    }
  }
}
