package io.treza.testkit;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The certificates between a root and one enclave's signing key, with all their keys.
 *
 * <p>Immutable. Chains for many enclaves can share their upper levels: see {@link #withNewEnclave}
 * and {@link #withNewInstance}.
 */
public final class CertificateChain {
  /** The levels of a Nitro chain, from the root down. */
  public enum Level {
    /** The root, which the verifier pins. */
    ROOT(Duration.ZERO, Duration.ZERO),
    /** One for each region. */
    REGIONAL(Duration.ofDays(1), Duration.ofHours(481)),
    /** One for each availability zone; AWS's live 133 to 145 hours. */
    ZONAL(Duration.ofHours(12), Duration.ofHours(138)),
    /** One for each parent instance. */
    INSTANCE(Duration.ofHours(1), Duration.ofHours(24)),
    /** The enclave's own, whose key signs documents; AWS lets it begin three seconds early. */
    LEAF(Duration.ofSeconds(3), Duration.ofHours(3).plusSeconds(3));

    private final Duration age;
    private final Duration lifetime;

    Level(Duration age, Duration lifetime) {
      this.age = age;
      this.lifetime = lifetime;
    }

    /** Issued a while ago, as a real chain's upper levels are, for the lifetime AWS gives. */
    private Validity validity(Instant now) {
      Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(age);
      return new Validity(from, from.plus(lifetime));
    }
  }

  private final Builder settings;
  private final ModuleId moduleId;
  private final Map<Level, TestCertificate> certificates;

  private CertificateChain(
      Builder settings, ModuleId moduleId, Map<Level, TestCertificate> certificates) {
    this.settings = settings;
    this.moduleId = moduleId;
    this.certificates = Collections.unmodifiableMap(certificates);
  }

  /** Starts a chain under this root: five levels, each as AWS makes it. */
  public static Builder builder(DevelopmentRoot root) {
    return new Builder(root);
  }

  /** The certificates that are there, root first and leaf last. */
  public List<TestCertificate> certificates() {
    return List.copyOf(certificates.values());
  }

  /**
   * The certificate at a level.
   *
   * @throws IllegalArgumentException if the chain was built without it
   */
  public TestCertificate certificate(Level level) {
    return Optional.ofNullable(certificates.get(level))
        .orElseThrow(() -> new IllegalArgumentException("this chain was built without " + level));
  }

  /** The certificate whose key signs documents. */
  public TestCertificate leaf() {
    return certificate(Level.LEAF);
  }

  /**
   * What a document's {@code cabundle} holds: all but the leaf, root first, DER. A test that wants
   * it longer, shorter or in another order gives {@link DocumentBuilder#cabundle} its own list.
   */
  public List<byte[]> cabundle() {
    return certificates.entrySet().stream()
        .filter(entry -> entry.getKey() != Level.LEAF)
        .map(entry -> entry.getValue().der())
        .toList();
  }

  /** {@code <instance id>-enc<16 hex digits>}. */
  public String moduleId() {
    return moduleId.toString();
  }

  /** The parent instance's id. */
  public String instanceId() {
    return moduleId.instance();
  }

  /** The region in the certificates' names. */
  public String region() {
    return settings.region;
  }

  /** The same enclave with a new key and leaf, as after the old one expired. */
  public CertificateChain withNewLeaf() {
    return above(Level.LEAF).enclaveId(moduleId.enclave()).build();
  }

  /** Another enclave of the same parent instance. */
  public CertificateChain withNewEnclave() {
    return above(Level.LEAF).build();
  }

  /** An enclave of another parent instance in the same zone. */
  public CertificateChain withNewInstance() {
    Builder builder = above(Level.INSTANCE);
    builder.instanceId = Optional.empty();
    return builder.build();
  }

  /**
   * The same enclave, every level that is not valid then and those below it issued anew.
   *
   * @throws IllegalStateException if the root is not valid then
   */
  public CertificateChain validAt(Instant now) {
    for (Map.Entry<Level, TestCertificate> entry : certificates.entrySet()) {
      if (!entry.getValue().validity().contains(now)) {
        if (entry.getKey() == Level.ROOT) {
          throw new IllegalStateException(
              "the root is not valid at " + now + ": " + entry.getValue().validity());
        }
        return above(entry.getKey()).enclaveId(moduleId.enclave()).build();
      }
    }
    return this;
  }

  InstantSource clock() {
    return settings.clock;
  }

  SecureRandom random() {
    return settings.random;
  }

  /** A builder that keeps the certificates above this level and the instance's id. */
  private Builder above(Level first) {
    Builder builder = new Builder(settings);
    builder.instanceId = Optional.of(instanceId());
    builder.enclaveId = Optional.empty();
    certificates.forEach((level, certificate) -> {
      if (level.compareTo(first) < 0) {
        builder.kept.put(level, certificate);
      }
    });
    return builder;
  }

  /** The module id and region; never a key. */
  @Override
  public String toString() {
    return "CertificateChain[" + moduleId + ", " + settings.region + "]";
  }

  /** Builds a chain; not thread-safe. */
  public static final class Builder {
    private final DevelopmentRoot root;
    private final Map<Level, Consumer<CertificateBuilder>> changes = new EnumMap<>(Level.class);
    private final EnumSet<Level> omitted = EnumSet.noneOf(Level.class);
    private final Map<Level, TestCertificate> kept = new EnumMap<>(Level.class);
    private String region = "us-east-1";
    private Optional<String> instanceId = Optional.empty();
    private Optional<String> enclaveId = Optional.empty();
    private InstantSource clock = InstantSource.system();
    private SecureRandom random = new SecureRandom();

    private Builder(DevelopmentRoot root) {
      this.root = root;
    }

    /** A copy without the kept certificates. */
    private Builder(Builder other) {
      root = other.root;
      changes.putAll(other.changes);
      omitted.addAll(other.omitted);
      region = other.region;
      instanceId = other.instanceId;
      enclaveId = other.enclaveId;
      clock = other.clock;
      random = other.random;
    }

    /** Sets the region; {@code us-east-1} if not set. */
    public Builder region(String newRegion) {
      region = newRegion;
      return this;
    }

    /**
     * Sets the parent instance's id; a random one if not set.
     *
     * @param id the naming's prefix and 17 hex digits
     * @throws IllegalArgumentException if it has another form
     */
    public Builder instanceId(String id) {
      instanceId = Optional.of(root.naming().checkedInstanceId(id));
      return this;
    }

    /**
     * Sets the enclave's id; the clock's milliseconds and two random bytes if not set, as AWS does.
     *
     * @param id {@code enc} and 16 hex digits
     * @throws IllegalArgumentException if it has another form
     */
    public Builder enclaveId(String id) {
      enclaveId = Optional.of(ModuleId.checkedEnclave(id));
      return this;
    }

    /** Sets the clock that dates certificates and documents; the system's if not set. */
    public Builder clock(InstantSource newClock) {
      clock = newClock;
      return this;
    }

    /**
     * Sets the source of ids, serial numbers, keys and signatures; the same source, clock and Java
     * runtime make the same bytes.
     */
    public Builder random(SecureRandom newRandom) {
      random = newRandom;
      return this;
    }

    /** Changes the certificate at a level before it is issued; the last change set counts. */
    public Builder certificate(Level level, Consumer<CertificateBuilder> change) {
      changes.put(level, change);
      return this;
    }

    /** Leaves a level out: the level below is issued by the one above. */
    public Builder without(Level level) {
      omitted.add(level);
      return this;
    }

    /** Makes the keys and issues the certificates. */
    public CertificateChain build() {
      Instant now = clock.instant();
      String instance = instanceId.orElseGet(() -> root.naming().instancePrefix() + "0" + hex(8));
      String enclave = enclaveId.orElseGet(
          () -> "enc" + HexFormat.of().toHexDigits(now.toEpochMilli(), 12) + hex(2));
      ModuleId moduleId = new ModuleId(instance, enclave);

      Map<Level, TestCertificate> issued = new EnumMap<>(kept);
      TestCertificate authority = root.certificate();
      for (Level level : EnumSet.complementOf(omitted)) {
        if (!issued.containsKey(level)) {
          issued.put(level, issue(level, moduleId, now, authority));
        }
        authority = issued.get(level);
      }
      return new CertificateChain(new Builder(this), moduleId, issued);
    }

    private TestCertificate issue(
        Level level, ModuleId id, Instant now, TestCertificate authority) {
      if (level == Level.ROOT && !changes.containsKey(level)) {
        return root.certificate();
      }
      Naming naming = root.naming();
      CertificateBuilder builder = switch (level) {
        case ROOT -> root.template(random);
        case REGIONAL ->
          Profile.authority(
              fresh(X500.authority(naming, naming.regionalName(hex(8), region)), level, now),
              2,
              crlUrl());
        case ZONAL ->
          Profile.authority(
              fresh(X500.zonal(naming, naming.zonalName(hex(8), region)), level, now), 1, crlUrl());
        case INSTANCE ->
          Profile.instance(fresh(
                  X500.instance(naming, naming.instanceName(id.instance(), region)), level, now)
              .serial(new BigInteger(159, random)));
        case LEAF ->
          Profile.leaf(fresh(
                  X500.instance(naming, naming.leafName(id.toString(), region)), level, now)
              .serial(leafSerial(id, now)));
      };
      changes.getOrDefault(level, unchanged -> {}).accept(builder);
      return level == Level.ROOT ? builder.selfSigned() : builder.issuedBy(authority);
    }

    private CertificateBuilder fresh(byte[] subject, Level level, Instant now) {
      return new CertificateBuilder(
          subject, KeyType.P384.generate(random), level.validity(now), random);
    }

    /** The enclave id's 8 bytes and 8 bytes of issuing time, as in every real leaf. */
    private static BigInteger leafSerial(ModuleId id, Instant now) {
      return new BigInteger(
          id.enclaveDigits() + HexFormat.of().toHexDigits(now.getEpochSecond()), 16);
    }

    private String crlUrl() {
      UUID id = new UUID(random.nextLong(), random.nextLong());
      return root.naming().crlBase() + id + ".crl";
    }

    private String hex(int bytes) {
      byte[] value = new byte[bytes];
      random.nextBytes(value);
      return HexFormat.of().formatHex(value);
    }
  }
}
