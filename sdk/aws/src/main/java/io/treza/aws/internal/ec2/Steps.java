package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a launch in their order: what fails is undone with all before it, the last first.
 *
 * @param enclaveId what everything that they make is tagged with
 * @param all from the first to the last
 */
record Steps(String enclaveId, List<Step> all) {
  /** Performs all; if one fails, undoes it and those before it. */
  void perform() throws IOException, InterruptedException {
    for (int i = 0; i < all.size(); i++) {
      try {
        all.get(i).perform().run();
      } catch (IOException | InterruptedException | RuntimeException e) {
        rollBack(i, e);
        throw e;
      }
    }
  }

  private void rollBack(int last, Exception cause) throws IOException {
    try {
      undo(last);
    } catch (IOException e) {
      throw new IOException(cause.getMessage() + "; and then " + e.getMessage(), cause);
    }
  }

  /** Undoes all, whoever performed them; an interruption only cuts short the one it meets. */
  void undo() throws IOException {
    undo(all.size() - 1);
  }

  private void undo(int last) throws IOException {
    List<String> left = new ArrayList<>();
    boolean interrupted = false;
    for (int i = last; i >= 0; i--) {
      try {
        all.get(i).undo().run();
      } catch (IOException e) {
        left.add(all.get(i).name() + ": " + e.getMessage());
      } catch (InterruptedException e) {
        left.add(all.get(i).name() + ": interrupted");
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!left.isEmpty()) {
      throw new IOException("not everything could be removed; what is left is tagged "
          + Tags.ENCLAVE + "=" + enclaveId + " (" + String.join("; ", left) + ")");
    }
  }
}
