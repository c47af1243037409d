package io.treza.attestation;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import io.treza.testkit.Cbor;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import io.treza.testkit.Signatures;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Turns a fuzzer's bytes into edits of a document and its certificates. */
final class Edits {
  private static final String[] FIELDS = {
    "module_id",
    "digest",
    "timestamp",
    "pcrs",
    "certificate",
    "cabundle",
    "public_key",
    "user_data",
    "nonce",
    "nitrotpm_pcrs",
    "x"
  };

  private final FuzzedDataProvider data;
  private int made;

  Edits(FuzzedDataProvider data) {
    this.data = data;
  }

  /** How many edits were made. */
  int made() {
    return made;
  }

  /** One edit of the fields, the chain as listed, the framing or the signature. */
  void editDocument(DocumentBuilder builder, CertificateChain chain) {
    made++;
    switch (data.consumeInt(0, 17)) {
      case 0 -> builder.field(data.pickValue(FIELDS), item());
      case 1 -> builder.without(data.pickValue(FIELDS));
      case 2 -> builder.entry(item(), item());
      case 3 -> builder.pcr(data.consumeInt(-1, 40), bytes(64));
      case 4 -> builder.withoutPcr(data.consumeInt(0, 15));
      case 5 -> builder.timestamp(Simulation.NOW.toEpochMilli() - data.consumeInt());
      case 6 -> builder.timestamp(data.consumeLong());
      case 7 -> builder.nonce(bytes(1100));
      case 8 -> builder.userData(bytes(1100));
      case 9 -> builder.publicKey(bytes(1100));
      case 10 -> builder.moduleId(data.consumeString(80));
      case 11 -> builder.indefiniteMap(data.consumeBoolean());
      case 12 -> builder.payload(this::damaged);
      case 13 -> builder.protectedHeader(bytes(16));
      case 14 -> builder.unprotectedHeader(item());
      case 15 ->
        builder.envelope(
            parts -> Cbor.concat(Cbor.tag(data.consumeInt(17, 19), Cbor.array(parts)), bytes(2)));
      case 16 -> builder.cabundle(shuffled(chain));
      default -> editSignature(builder, chain);
    }
  }

  private void editSignature(DocumentBuilder builder, CertificateChain chain) {
    switch (data.consumeInt(0, 4)) {
      case 0 -> builder.signature(Signatures::highS);
      case 1 -> builder.signature(Signatures::der);
      case 2 -> builder.signature(this::damaged);
      case 3 -> builder.signature(signature -> bytes(100));
      default -> builder.signer(data.pickValue(chain.certificates()).keys().getPrivate());
    }
  }

  /** One edit of a certificate before or after its issuer signs it. */
  void editCertificate(CertificateBuilder builder) {
    made++;
    switch (data.consumeInt(0, 14)) {
      case 0 -> builder.version(data.consumeInt(1, 4));
      case 1 -> builder.serial(new BigInteger(1, bytes(24)));
      case 2 -> builder.subjectCommonName(data.consumeString(80));
      case 3 -> builder.issuerCommonName(data.consumeString(80));
      case 4 -> builder.notBefore(Simulation.NOW.plusSeconds(data.consumeInt(-100_000, 100_000)));
      case 5 -> builder.notAfter(Simulation.NOW.plusSeconds(data.consumeInt(-100_000, 100_000)));
      case 6 -> builder.keys(KeyType.P256);
      case 7 -> builder.signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256);
      case 8 ->
        builder.extension(
            CertificateExtension.basicConstraints(data.consumeBoolean(), data.consumeInt(0, 3))
                .critical(data.consumeBoolean()));
      case 9 ->
        builder.extension(
            CertificateExtension.keyUsage(data.consumeBoolean(), data.pickValue(Usage.values())));
      case 10 ->
        builder.extension(CertificateExtension.of("1.2.3.4", data.consumeBoolean(), bytes(8)));
      case 11 ->
        builder.extension(CertificateExtension.of(
            CertificateExtension.KEY_USAGE, data.consumeBoolean(), bytes(8)));
      case 12 ->
        builder.extension(CertificateExtension.of(
            CertificateExtension.BASIC_CONSTRAINTS, data.consumeBoolean(), bytes(8)));
      case 13 -> builder.withoutExtensions();
      default -> builder.encoding(this::damaged);
    }
  }

  private List<byte[]> shuffled(CertificateChain chain) {
    List<byte[]> all = new ArrayList<>(chain.cabundle());
    all.add(chain.leaf().der());
    all.add(bytes(8));
    List<byte[]> bundle = new ArrayList<>();
    int count = data.consumeInt(0, 12);
    for (int i = 0; i < count; i++) {
      bundle.add(data.pickValue(all));
    }
    return bundle;
  }

  private byte[] damaged(byte[] bytes) {
    byte[] changed = bytes.clone();
    int times = data.consumeInt(1, 4);
    for (int i = 0; i < times; i++) {
      changed[data.consumeInt(0, changed.length - 1)] = data.consumeByte();
    }
    return changed;
  }

  /** An encoded item of any kind, or any bytes for one. */
  private byte[] item() {
    return switch (data.consumeInt(0, 8)) {
      case 0 -> Cbor.integer(data.consumeLong());
      case 1 -> Cbor.bytes(bytes(1100));
      case 2 -> Cbor.text(data.consumeString(40));
      case 3 -> Cbor.simple(data.consumeInt(20, 23));
      case 4 -> Cbor.map(Cbor.integer(data.consumeInt(0, 40)), Cbor.bytes(bytes(64)));
      case 5 -> Cbor.array(Cbor.bytes(bytes(64)));
      case 6 -> Cbor.tag(data.consumeInt(0, 100), Cbor.bytes(bytes(64)));
      case 7 -> Cbor.chunkedBytes(bytes(16), bytes(16));
      default -> bytes(32);
    };
  }

  private byte[] bytes(int most) {
    return data.consumeBytes(data.consumeInt(0, most));
  }
}
