package io.treza.samples.benchmark;

import io.treza.attestation.AttestationVerifier;
import io.treza.samples.benchmark.Population.Enclave;
import java.lang.ref.Reference;
import java.security.Provider;
import java.util.Map;

/** How much heap a verifier keeps alive once its cache is full. */
final class CacheHeap {
  /** The verifier's default. */
  private static final int CAPACITY = 1536;

  private CacheHeap() {}

  /** Verifies until the default cache is full, or all documents have been seen. */
  static Map<Figure, Double> full(Population population, Provider provider) {
    AttestationVerifier verifier =
        population.verifier().cryptoProvider(provider).cacheCapacity(CAPACITY).build();
    try {
      return fill(population, verifier);
    } finally {
      Reference.reachabilityFence(verifier);
    }
  }

  private static Map<Figure, Double> fill(Population population, AttestationVerifier verifier) {
    long before = used();
    for (int i = 0; i < population.size(); i++) {
      Enclave enclave = population.enclave(i);
      verifier.verify(enclave.first().document(), enclave.first().expected());
      verifier.verify(enclave.renewed().document(), enclave.renewed().expected());
    }
    long after = used();
    int instances = population.size() / Population.ENCLAVES_PER_INSTANCE;
    return Map.of(Figure.CACHE_HEAP, (after - before) / 1e6, Figure.CACHE_LINKS, (double)
        Math.min(CAPACITY, 2 + instances + 2 * population.size()));
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
