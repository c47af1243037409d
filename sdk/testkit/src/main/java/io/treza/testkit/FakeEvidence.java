package io.treza.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** The documents of a {@link FakeEnclave}: genuine ones, and those with a {@link Fault}. */
final class FakeEvidence {
  private static final int HUGE_BYTES = 1 << 20;
  private static final int SIGNATURE_BYTES = 96;
  private static final Duration HOUR = Duration.ofHours(1);

  /** Three hours, as a leaf lives, and one more. */
  private static final Duration EXPIRED = Duration.ofHours(4);

  private final DevelopmentRoot root;
  private final InstantSource clock;
  private final String image;
  private final SimulatedNsm module;

  FakeEvidence(DevelopmentRoot root, InstantSource clock, String image) {
    this.root = root;
    this.clock = clock;
    this.image = image;
    this.module = module(root, image, false);
  }

  /** What a workload has attested. */
  record Claims(Optional<byte[]> nonce, Optional<byte[]> userData, Optional<byte[]> publicKey) {}

  /** PCR0, PCR1 or PCR2 of an image: any value will do that is the same for the same name. */
  static byte[] measurement(String image, int index) {
    return Digests.sha384(image.getBytes(StandardCharsets.UTF_8), new byte[] {(byte) index});
  }

  Instant now() {
    return clock.instant();
  }

  byte[] genuine(Claims claims) {
    return attest(module, claims);
  }

  /** A document that has this fault; faults of the claims are the caller's. */
  byte[] faulty(Fault fault, Claims claims) {
    return switch (fault) {
      case STALE -> written(chain(root, ago(HOUR)), claims).build();
      case EXPIRED_CERTIFICATE ->
        written(chain(root, ago(EXPIRED)), claims).timestamp(clock.millis()).build();
      case OTHER_IMAGE -> attest(module(root, image + ", changed", false), claims);
      case DEBUG_MODE -> attest(module(root, image, true), claims);
      case OTHER_ROOT ->
        attest(module(DevelopmentRoot.create(root.naming(), clock), image, false), claims);
      case ZERO_PCRS -> zeroed(written(module.chain(), claims)).build();
      case UNSIGNED ->
        written(module.chain(), claims)
            .signature(signature -> new byte[SIGNATURE_BYTES])
            .build();
      case FORGED ->
        written(module.chain(), claims).signature(Signatures::corrupted).build();
      case GARBAGE -> "garbage".getBytes(StandardCharsets.US_ASCII);
      case HUGE -> new byte[HUGE_BYTES];
      case OTHER_KEY, NO_KEY, OTHER_NONCE, NO_EVIDENCE, SILENT -> genuine(claims);
    };
  }

  private static byte[] attest(SimulatedNsm nsm, Claims claims) {
    return nsm.attest(claims.nonce(), claims.userData(), claims.publicKey());
  }

  private SimulatedNsm module(DevelopmentRoot anyRoot, String anyImage, boolean debugMode) {
    return SimulatedNsm.builder(chain(anyRoot, clock))
        .measurements(measurement(anyImage, 0), measurement(anyImage, 1), measurement(anyImage, 2))
        .debugMode(debugMode)
        .build();
  }

  private static CertificateChain chain(DevelopmentRoot root, InstantSource clock) {
    return CertificateChain.builder(root).clock(clock).build();
  }

  private InstantSource ago(Duration duration) {
    return () -> clock.instant().minus(duration);
  }

  /** What the module would write, to be changed in ways in which a module does not write. */
  private DocumentBuilder written(CertificateChain chain, Claims claims) {
    DocumentBuilder document = DocumentBuilder.of(chain);
    for (int index = 0; index < 3; index++) {
      document.pcr(index, measurement(image, index));
    }
    claims.nonce().ifPresent(document::nonce);
    claims.userData().ifPresent(document::userData);
    claims.publicKey().ifPresent(document::publicKey);
    return document;
  }

  private static DocumentBuilder zeroed(DocumentBuilder document) {
    for (int index = 0; index < 16; index++) {
      document.pcr(index, Pcrs.zero());
    }
    return document;
  }
}
