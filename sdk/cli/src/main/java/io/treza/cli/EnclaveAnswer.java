package io.treza.cli;

import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaClientBuilder;
import io.treza.sdk.TrezaException;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a command about enclaves does with the platform: an exit status. What the enclave's status
 * rules out is a no; where the platform does not do it or cannot be asked, there is no answer.
 */
@FunctionalInterface
interface EnclaveAnswer {
  int get(TrezaClient client) throws InterruptedException;

  /** Runs it; what goes wrong ends the command with one line. */
  static int of(CommandSpec spec, Supplier<TrezaClientBuilder> platform, EnclaveAnswer answer) {
    try (TrezaClient client = platform.get().build()) {
      return answer.get(client);
    } catch (TrezaException.NotRunning | TrezaException.WrongState e) {
      String message = String.valueOf(e.getMessage());
      spec.commandLine().getErr().println("treza: " + Printable.text(message));
      return Treza.NO;
    } catch (TrezaException | IllegalArgumentException | IllegalStateException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unusable("interrupted", e);
    }
  }
}
