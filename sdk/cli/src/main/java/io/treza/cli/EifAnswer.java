package io.treza.cli;

import io.treza.audit.AuditException;
import io.treza.eif.EifException;
import io.treza.image.ImageException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** What a command about images and EIFs does: an exit status, or a reason why there is no answer. */
@FunctionalInterface
interface EifAnswer {
  int get() throws IOException;

  /** Runs it; what cannot be read or written ends the command with one line. */
  static int of(EifAnswer answer) {
    try {
      return answer.get();
    } catch (AuditException | ImageException | EifException | FileAlreadyExistsException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    } catch (NoSuchFileException e) {
      throw new Unusable(e.getMessage() + " does not exist", e);
    } catch (IOException e) {
      throw new Unusable("cannot read or write: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      // What a builder of the library says of a value: a command line, a name, a number of parts.
      throw new Unusable(String.valueOf(e.getMessage()), e);
    }
  }
}
