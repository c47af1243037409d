package io.treza.samples.benchmark;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.samples.benchmark.Meter.Reading;
import io.treza.samples.benchmark.Population.Enclave;
import io.treza.samples.benchmark.Population.Evidence;
import io.treza.samples.benchmark.Population.RawSignature;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** Every figure for one provider: medians over the rounds, after one round that does not count. */
final class ProviderRun {
  private final Population population;
  private final Options options;
  private final Provider provider;
  private final Map<Figure, List<Double>> readings = new EnumMap<>(Figure.class);

  private ProviderRun(Population population, Options options, Provider provider) {
    this.population = population;
    this.options = options;
    this.provider = provider;
  }

  static Map<Figure, Double> of(Population population, Options options, Provider provider)
      throws InterruptedException, ExecutionException {
    ProviderRun run = new ProviderRun(population, options, provider);
    run.round();
    run.readings.clear();
    for (int i = 0; i < options.rounds(); i++) {
      run.round();
    }
    Map<Figure, Double> medians = new EnumMap<>(Figure.class);
    run.readings.forEach((figure, values) -> medians.put(figure, median(values)));
    medians.putAll(CacheHeap.full(population, provider));
    return medians;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private void round() throws InterruptedException, ExecutionException {
    Reading raw = measure(this::raw, 1);
    Reading cold = measure(accepting(uncached(provider), Enclave::first), 1);
    Reading newLeaf = measure(accepting(knowingLeaves(provider), Enclave::renewed), 1);
    AttestationVerifier knowing = knowingLeaves(provider);
    Reading known = measure(accepting(knowing, Enclave::second), 1);
    Reading wrong = measure(refusing(knowing), 1);
    Reading rawAgain = measure(this::raw, 1);
    double unit = (raw.cpuNanos() + rawAgain.cpuNanos()) / 2;
    add(Figure.RAW, unit / 1000);
    add(Figure.COLD, cold.cpuNanos() / unit);
    add(Figure.NEW_LEAF, newLeaf.cpuNanos() / unit);
    add(Figure.KNOWN_LEAF, known.cpuNanos() / unit);
    add(Figure.WRONG_NONCE, 100 * wrong.cpuNanos() / known.cpuNanos());
    add(Figure.BYTES_COLD, cold.bytes());
    add(Figure.BYTES_KNOWN_LEAF, known.bytes());

    Provider none = new WithoutSignatures();
    Reading restCold = measure(accepting(uncached(none), Enclave::first), 1);
    Reading restKnown = measure(accepting(knowingLeaves(none), Enclave::second), 1);
    add(Figure.REST_COLD, restCold.cpuNanos() / unit);
    add(Figure.REST_KNOWN_LEAF, restKnown.cpuNanos() / unit);

    Reading twice = measure(accepting(knowing, Enclave::second), 2);
    Reading once = measure(accepting(knowing, Enclave::second), 1);
    Reading rawTwice = measure(this::raw, 2);
    Reading rawOnce = measure(this::raw, 1);
    double rawScaling = 2 * rawOnce.busyNanos() / rawTwice.busyNanos();
    add(Figure.RAW_SCALING, rawScaling);
    add(Figure.SCALING, 2 * once.busyNanos() / twice.busyNanos() / rawScaling);
  }

  private Reading measure(IntConsumer operation, int threads)
      throws InterruptedException, ExecutionException {
    return Meter.measure(operation, options.documents(), threads);
  }

  private void add(Figure figure, double value) {
    readings.computeIfAbsent(figure, f -> new ArrayList<>()).add(value);
  }

  private AttestationVerifier uncached(Provider by) {
    return population.verifier().cryptoProvider(by).cacheCapacity(0).build();
  }

  /** A verifier that has seen the first leaf of every enclave, and so every issuer. */
  private AttestationVerifier knowingLeaves(Provider by) {
    AttestationVerifier verifier = population
        .verifier()
        .cryptoProvider(by)
        .cacheCapacity(2 * population.size())
        .build();
    IntConsumer accepting = accepting(verifier, Enclave::first);
    for (int i = 0; i < options.documents(); i++) {
      accepting.accept(i);
    }
    return verifier;
  }

  private IntConsumer accepting(
      AttestationVerifier verifier, Function<Enclave, Evidence> document) {
    return i -> {
      Evidence evidence = document.apply(population.enclave(i));
      require(
          verifier.verify(evidence.document(), evidence.expected()) instanceof VerifiedAttestation);
    };
  }

  private IntConsumer refusing(AttestationVerifier verifier) {
    return i -> {
      Evidence evidence = population.enclave(i).second();
      VerificationResult result = verifier.verify(evidence.document(), evidence.otherNonce());
      require(result instanceof Rejection rejection && rejection.reason() == Reason.NONCE_MISMATCH);
    };
  }

  private void raw(int i) {
    RawSignature raw = population.enclave(i).raw();
    try {
      PublicKey key = KeyFactory.getInstance("EC", provider)
          .generatePublic(new X509EncodedKeySpec(raw.publicKey()));
      Signature signature = Signature.getInstance("SHA384withECDSA", provider);
      signature.initVerify(key);
      signature.update(raw.message());
      require(signature.verify(raw.signature()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void require(boolean expected) {
    if (!expected) {
      throw new IllegalStateException("a verdict is not the expected one: the figures are void");
    }
  }
}
