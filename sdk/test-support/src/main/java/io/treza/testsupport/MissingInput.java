package io.treza.testsupport;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Skips a test that lacks an input also where it asks for it within {@code assertThrows}, which takes
 * the request to skip for the wrong exception. Found by JUnit in every module that uses this one.
 */
public final class MissingInput implements TestExecutionExceptionHandler {
  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    if (thrown instanceof AssertionFailedError
        && thrown.getCause() instanceof TestAbortedException missing) {
      throw missing;
    }
    throw thrown;
  }
}
