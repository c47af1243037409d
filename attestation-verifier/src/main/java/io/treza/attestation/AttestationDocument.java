package io.treza.attestation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * An attestation document as it was received: parsed, and verified by nobody yet.
 *
 * <p>Fields are those of AWS's <i>Attestation process</i>, section 2.2. Byte arrays are copied in
 * and out. To trust any of it, verify the bytes with {@link AttestationVerifier}.
 */
public final class AttestationDocument {
  private final byte[] encoded;
  private final String moduleId;
  private final String digest;
  private final Instant timestamp;
  private final SortedMap<Integer, PcrValue> pcrs;
  private final byte[] certificate;
  private final List<byte[]> cabundle;
  private final Optional<byte[]> publicKey;
  private final Optional<byte[]> userData;
  private final Optional<byte[]> nonce;

  /** Keeps the arrays it is given: nobody else may write to them. */
  AttestationDocument(byte[] encoded, DocumentFields fields) {
    this.encoded = encoded;
    this.moduleId = fields.moduleId();
    this.digest = fields.digest();
    this.timestamp = Instant.ofEpochMilli(fields.timestampMillis());
    this.pcrs = Collections.unmodifiableSortedMap(fields.pcrs());
    this.certificate = fields.certificate();
    this.cabundle = List.copyOf(fields.cabundle());
    this.publicKey = fields.publicKey();
    this.userData = fields.userData();
    this.nonce = fields.nonce();
  }

  /**
   * Parses a document of at most 16 KiB payload, strictly: AWS's syntactic rules (section 3.2.2),
   * as real documents keep them.
   *
   * @param document the COSE_Sign1 bytes, tagged or not
   * @throws AttestationRejectedException if the bytes are no such document; the rejection says
   *     which rule they break
   */
  public static AttestationDocument parse(byte[] document) throws AttestationRejectedException {
    try {
      return FieldsStep.read(FormStep.check(document, Limits.DEFAULT), Limits.DEFAULT)
          .document();
    } catch (Refusal refusal) {
      throw new AttestationRejectedException(Rejection.of(refusal, List.of(), Optional.empty()));
    }
  }

  /** The bytes that were parsed. */
  public byte[] toByteArray() {
    return encoded.clone();
  }

  /** {@code module_id}: the NSM that issued the document, {@code i-…-enc…} for an enclave. */
  public String moduleId() {
    return moduleId;
  }

  /** {@code digest}: always "SHA384". */
  public String digest() {
    return digest;
  }

  /** {@code timestamp}: when the document was made, to the millisecond, by the NSM's clock. */
  public Instant timestamp() {
    return timestamp;
  }

  /** {@code pcrs}: every register the document lists. Unmodifiable. */
  public SortedMap<Integer, PcrValue> pcrs() {
    return pcrs;
  }

  /** One register, if the document lists it. */
  public Optional<PcrValue> pcr(int index) {
    return Optional.ofNullable(pcrs.get(index));
  }

  /**
   * Whether the enclave runs in debug mode: PCR0, PCR1 or PCR2 is zero or absent. PCR3 and PCR4 are
   * set even then (AWS user guide, "Attestation in debug mode").
   */
  public boolean debugMode() {
    return firstUnmeasured().isPresent();
  }

  /** The first of PCR0, PCR1 and PCR2 that is zero or absent. */
  OptionalInt firstUnmeasured() {
    return IntStream.rangeClosed(0, 2)
        .filter(index -> pcr(index).map(PcrValue::isZero).orElse(true))
        .findFirst();
  }

  /** {@code certificate}: DER of the certificate whose key signed the document. */
  public byte[] certificate() {
    return certificate.clone();
  }

  /** {@code cabundle}: DER of the issuers, root first. */
  public List<byte[]> cabundle() {
    return cabundle.stream().map(byte[]::clone).toList();
  }

  /** The certificates without copying: root, issuers, leaf. For reading only. */
  List<byte[]> chain() {
    List<byte[]> chain = new ArrayList<>(cabundle);
    chain.add(certificate);
    return chain;
  }

  /** {@code public_key}: what the workload asked to have attested, 0 to 1024 bytes. */
  public Optional<byte[]> publicKey() {
    return publicKey.map(byte[]::clone);
  }

  /** {@code user_data}: what the workload asked to have attested, 0 to 1024 bytes. */
  public Optional<byte[]> userData() {
    return userData.map(byte[]::clone);
  }

  /** {@code nonce}: what whoever asked for the document gave, 0 to 1024 bytes. */
  public Optional<byte[]> nonce() {
    return nonce.map(byte[]::clone);
  }

  /** Module id and time; never the whole content. */
  @Override
  public String toString() {
    return "AttestationDocument[" + moduleId + ", " + timestamp + ", unverified]";
  }
}
