package io.treza.publish;

import java.util.List;

/**
 * What is in force for a key.
 *
 * @param policy its key policy, JSON
 * @param grants all of them
 */
public record KmsKeyState(String policy, List<KmsGrant> grants) {
  public KmsKeyState {
    grants = List.copyOf(grants);
  }
}
