package io.treza.attestation.reference;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Sequence numbers of one process: a restart forgets them, so pin a floor as well. */
public final class InMemorySequenceStore implements SequenceStore {
  private final ConcurrentMap<String, Long> highest = new ConcurrentHashMap<>();

  /** An empty store. */
  public InMemorySequenceStore() {}

  @Override
  public long raise(String application, long sequence) {
    return highest.merge(application, sequence, Math::max);
  }
}
