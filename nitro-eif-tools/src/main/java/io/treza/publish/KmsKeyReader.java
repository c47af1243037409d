package io.treza.publish;

import java.io.IOException;

/**
 * Reads what is in force for keys in an account, with the caller's own credentials; found by {@link
 * java.util.ServiceLoader}.
 */
public interface KmsKeyReader {
  /**
   * Reads policy and grants.
   *
   * @param keyArn the key's own ARN, not an alias's
   * @throws IOException if that is not possible; the message says why and what to do
   * @throws IllegalArgumentException if this is no key's ARN
   */
  KmsKeyState read(String keyArn) throws IOException;
}
