package io.treza.sigstore;

import dev.sigstore.json.ProtoJson;
import dev.sigstore.proto.ProtoMutators;
import dev.sigstore.proto.bundle.v1.Bundle;
import dev.sigstore.proto.bundle.v1.VerificationMaterial;
import dev.sigstore.proto.common.v1.HashAlgorithm;
import dev.sigstore.proto.common.v1.MessageSignature;
import dev.sigstore.rekor.client.RekorEntry;
import io.intoto.EnvelopeOuterClass.Envelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPath;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A bundle as it stands, nothing verified (Sigstore protobuf-specs, {@code Bundle}, versions 0.1 to
 * 0.3).
 *
 * @param certificates the signer's chain, leaf first; none if he signs with a key of his own
 * @param entries of transparency logs
 * @param timestamps RFC 3161 responses
 */
record BundleDocument(
    Optional<CertPath> certificates,
    Content content,
    List<RekorEntry> entries,
    List<byte[]> timestamps) {
  private static final Set<String> MEDIA_TYPES = Set.of(
      "application/vnd.dev.sigstore.bundle+json;version=0.1",
      "application/vnd.dev.sigstore.bundle+json;version=0.2",
      "application/vnd.dev.sigstore.bundle+json;version=0.3",
      "application/vnd.dev.sigstore.bundle.v0.3+json");
  private static final String STATEMENT = "application/vnd.in-toto+json";
  // A hostile bundle could have each be a signature to check.
  private static final int MAX_ITEMS = 16;

  /** What was signed. */
  sealed interface Content {
    byte[] signature();
  }

  /** An in-toto statement in a DSSE envelope. */
  record Statement(byte[] payload, byte[] signature) implements Content {
    /** What the signature is over (DSSE v1, protocol.md, "Signature Definition"). */
    byte[] preAuthenticationEncoding() {
      byte[] head = ("DSSEv1 " + STATEMENT.length() + " " + STATEMENT + " " + payload.length + " ")
          .getBytes(StandardCharsets.US_ASCII);
      byte[] encoded = new byte[head.length + payload.length];
      System.arraycopy(head, 0, encoded, 0, head.length);
      System.arraycopy(payload, 0, encoded, head.length, payload.length);
      return encoded;
    }
  }

  /** An artifact that is elsewhere; {@code digest} is its SHA-256, where the bundle states it. */
  record Artifact(Optional<byte[]> digest, byte[] signature) implements Content {}

  static BundleDocument parse(byte[] json) throws Refused {
    // Duplicate members and the like; the parser of the format would let them pass.
    StrictJson.parse(json);
    try {
      Bundle.Builder bundle = Bundle.newBuilder();
      ProtoJson.parser().merge(new String(json, StandardCharsets.UTF_8), bundle);
      return of(bundle.build());
    } catch (IOException | CertificateException | RuntimeException e) {
      throw new Refused(BundleReason.MALFORMED, "no Sigstore bundle: " + e.getMessage(), e);
    }
  }

  private static BundleDocument of(Bundle bundle) throws Refused, CertificateException {
    if (!MEDIA_TYPES.contains(bundle.getMediaType())) {
      throw malformed("mediaType is \"" + bundle.getMediaType() + "\", no version from 0.1 to 0.3");
    }
    VerificationMaterial material = bundle.getVerificationMaterial();
    List<RekorEntry> entries = new ArrayList<>();
    for (var entry : few("tlogEntries", material.getTlogEntriesList())) {
      if (!entry.hasInclusionProof()) {
        throw new Refused(BundleReason.LOG_ENTRY, "a log entry without an inclusion proof");
      }
      entries.add(ProtoMutators.toRekorEntry(entry));
    }
    List<byte[]> timestamps = new ArrayList<>();
    for (var timestamp : few(
        "rfc3161Timestamps", material.getTimestampVerificationData().getRfc3161TimestampsList())) {
      timestamps.add(timestamp.getSignedTimestamp().toByteArray());
    }
    return new BundleDocument(certificates(material), content(bundle), entries, timestamps);
  }

  private static Optional<CertPath> certificates(VerificationMaterial material)
      throws Refused, CertificateException {
    return switch (material.getContentCase()) {
      case PUBLIC_KEY -> Optional.empty();
      case CERTIFICATE -> Optional.of(ProtoMutators.toCertPath(List.of(material.getCertificate())));
      case X509_CERTIFICATE_CHAIN -> {
        var chain = material.getX509CertificateChain().getCertificatesList();
        if (chain.isEmpty()) {
          throw malformed("x509CertificateChain is empty");
        }
        yield Optional.of(ProtoMutators.toCertPath(few("x509CertificateChain", chain)));
      }
      default -> throw malformed("verificationMaterial has neither a certificate nor a key");
    };
  }

  private static Content content(Bundle bundle) throws Refused {
    return switch (bundle.getContentCase()) {
      case DSSE_ENVELOPE -> {
        Envelope envelope = bundle.getDsseEnvelope();
        if (!envelope.getPayloadType().equals(STATEMENT)) {
          throw malformed("payloadType is \"" + envelope.getPayloadType() + "\", not " + STATEMENT);
        }
        if (envelope.getSignaturesCount() != 1) {
          throw malformed(envelope.getSignaturesCount() + " signatures, not one");
        }
        yield new Statement(
            envelope.getPayload().toByteArray(),
            envelope.getSignatures(0).getSig().toByteArray());
      }
      case MESSAGE_SIGNATURE -> {
        MessageSignature message = bundle.getMessageSignature();
        if (message.hasMessageDigest()
            && message.getMessageDigest().getAlgorithm() != HashAlgorithm.SHA2_256) {
          throw malformed("a message digest other than SHA-256");
        }
        yield new Artifact(
            message.hasMessageDigest()
                ? Optional.of(message.getMessageDigest().getDigest().toByteArray())
                : Optional.empty(),
            message.getSignature().toByteArray());
      }
      default -> throw malformed("neither dsseEnvelope nor messageSignature");
    };
  }

  private static <T> List<T> few(String what, List<T> items) throws Refused {
    if (items.size() > MAX_ITEMS) {
      throw malformed(items.size() + " items in " + what + "; at most " + MAX_ITEMS);
    }
    return items;
  }

  private static Refused malformed(String what) {
    return new Refused(BundleReason.MALFORMED, what);
  }
}
