package io.treza.samples.benchmark;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.AuditVerdict.Result;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TrustedKeys;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Measures what a large file of reference values costs: loading it beside a plain Jackson tree of
 * the same bytes, and finding a release beside one signature check, in the same run. Started by
 * {@code samples/benchmark/reference-values}.
 */
public final class ReferenceValuesBenchmark {
  private static final int LOADS = 5;
  private static final int MATCHES = 100_000;
  private static final int CHECKS = 200;

  private final ReferenceValues values;
  private final byte[] file;
  private final byte[] envelope;
  private final TrustedKeys trusted;
  private final List<Map<Integer, PcrValue>> documents;
  private final JsonMapper jackson = JsonMapper.builder().build();
  private final KeyPair key;
  private final byte[] message = new byte[5000];
  private final byte[] signature;

  private ReferenceValuesBenchmark(int releases) throws GeneralSecurityException {
    key = pair("secp384r1");
    Random random = new Random(1);
    ReferenceValues.Builder builder = ReferenceValues.builder("benchmark");
    documents = new ArrayList<>();
    for (int i = 0; i < releases; i++) {
      Release release = release(random, i);
      builder.release(release);
      Map<Integer, PcrValue> registers = new TreeMap<>(release.measurements().pcrs());
      registers.put(4, pcr(random));
      documents.add(registers);
    }
    values = builder.build();
    file = values.toJson();
    Publisher publisher = new Publisher(pair("secp256r1"));
    envelope = values.sign(publisher);
    trusted = TrustedKeys.of(List.of(publisher.publicKey()));
    Signature signer = Signature.getInstance("SHA384withECDSA");
    signer.initSign(key.getPrivate());
    signer.update(message);
    signature = signer.sign();
  }

  /**
   * Runs it, which takes about a minute.
   *
   * @param arguments how many releases (10,000 unless given) and rounds (7 unless given)
   */
  public static void main(String... arguments)
      throws GeneralSecurityException, InterruptedException, ExecutionException {
    int releases = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    ReferenceValuesBenchmark benchmark = new ReferenceValuesBenchmark(releases);
    List<double[]> readings = new ArrayList<>();
    for (int round = -1; round < rounds; round++) {
      double[] reading = benchmark.round();
      if (round >= 0) {
        readings.add(reading);
      }
    }
    out.printf(
        Locale.ROOT,
        "%s %s; %,d releases in %,d bytes; medians of %d rounds%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.runtime.version"),
        releases,
        benchmark.file.length,
        rounds);
    out.println("| | | target |\n|---|--:|---|");
    line(out, "plain Jackson tree, ms of CPU", "%.1f", "", median(readings, 0));
    line(out, "loading the file, × the tree", "%.2f", "≤ 4", median(readings, 1));
    line(out, "verifying and loading it signed, × the tree", "%.2f", "", median(readings, 2));
    line(out, "one signature check, P-384, µs of CPU", "%.0f", "", median(readings, 3));
    line(out, "finding the release, % of the check", "%.3f", "< 1", median(readings, 4));
  }

  private static void line(
      PrintStream out, String label, String format, String target, double value) {
    out.printf(Locale.ROOT, "| %s | " + format + " | %s |%n", label, value, target);
  }

  private static double median(List<double[]> readings, int column) {
    double[] sorted = readings.stream().mapToDouble(r -> r[column]).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private double[] round() throws InterruptedException, ExecutionException {
    double tree = cpu(i -> plain(), LOADS);
    double load = cpu(i -> load(), LOADS);
    double signed = cpu(i -> loadSigned(), LOADS);
    double treeAgain = cpu(i -> plain(), LOADS);
    double check = cpu(i -> check(), CHECKS);
    double match = cpu(i -> match(documents.get(i * 7919 % documents.size())), MATCHES);
    double unit = (tree + treeAgain) / 2;
    return new double[] {
      unit / 1e6, load / unit, signed / unit, check / 1e3, 100 * match / check,
    };
  }

  private static double cpu(IntConsumer operation, int count)
      throws InterruptedException, ExecutionException {
    return Meter.measure(operation, count, 1).cpuNanos();
  }

  private void plain() {
    try {
      require(jackson.readTree(file).get("measurements").size() == documents.size());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void load() {
    try {
      require(ReferenceValues.parseUnsigned(file, "").releases().size() == documents.size());
    } catch (ReferenceValuesException e) {
      throw new IllegalStateException(e);
    }
  }

  private void loadSigned() {
    try {
      require(ReferenceValuesVerifier.builder(trusted, "benchmark")
              .build()
              .verify(envelope)
              .values()
              .releases()
              .size()
          == documents.size());
    } catch (ReferenceValuesException e) {
      throw new IllegalStateException(e);
    }
  }

  private void match(Map<Integer, PcrValue> registers) {
    require(values.matching(registers).size() == 1);
  }

  private void check() {
    try {
      Signature verifier = Signature.getInstance("SHA384withECDSA", provider());
      verifier.initVerify(key.getPublic());
      verifier.update(message);
      require(verifier.verify(signature));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The fastest, as the verifier itself chooses, so that the ratio is the hardest. */
  private static Provider provider() {
    return AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null
        ? AmazonCorrettoCryptoProvider.INSTANCE
        : new BouncyCastleProvider();
  }

  private static void require(boolean expected) {
    if (!expected) {
      throw new IllegalStateException("a result is not the expected one: the figures are void");
    }
  }

  /** With everything that can be known of a release. */
  private static Release release(Random random, int number) {
    String image = "sha256:" + hex(random, 32);
    TreeMap<String, Result> checks = new TreeMap<>();
    IntStream.rangeClosed(1, 10).forEach(n -> checks.put("H%02d".formatted(n), Result.PASS));
    IntStream.rangeClosed(1, 18).forEach(n -> checks.put("E%02d".formatted(n), Result.PASS));
    Instant time = Instant.ofEpochSecond(1_700_000_000L + number);
    return Release.builder(Measurements.builder()
            .release("v" + number)
            .pcr(0, pcr(random))
            .pcr(1, pcr(random))
            .pcr(2, pcr(random))
            .build())
        .notBefore(time)
        .notAfter(time.plusSeconds(86_400))
        .eif(new Release.Eif(hex(random, 32), hex(random, 48)))
        .image(new Release.Image("registry.example/benchmark", image))
        .audit(new AuditVerdict(
            image,
            new AuditVerdict.Policy("production", "sha256:" + hex(random, 32)),
            Optional.of(new AuditVerdict.Scan("grype", "0.87.0", time)),
            checks))
        .source(new Release.Source(
            "https://github.com/example/benchmark",
            hex(random, 20),
            Optional.of(".github/workflows/release.yml")))
        .blobs(Map.of("kernel", "sha256:" + hex(random, 32), "init", "sha256:" + hex(random, 32)))
        .build();
  }

  private static PcrValue pcr(Random random) {
    byte[] value = new byte[PcrValue.SHA384_BYTES];
    random.nextBytes(value);
    return PcrValue.of(value);
  }

  private static String hex(Random random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  private static KeyPair pair(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  /** Signs with a key in memory. */
  private record Publisher(KeyPair key) implements Signer {
    @Override
    public Algorithm algorithm() {
      return Algorithm.ES256;
    }

    @Override
    public PublicKey publicKey() {
      return key.getPublic();
    }

    @Override
    public byte[] sign(byte[] message) throws SignatureException {
      try {
        Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
        signer.initSign(key.getPrivate());
        signer.update(message);
        return signer.sign();
      } catch (GeneralSecurityException e) {
        throw new SignatureException(e);
      }
    }
  }
}
