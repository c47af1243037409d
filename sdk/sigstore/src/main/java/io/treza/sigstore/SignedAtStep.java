package io.treza.sigstore;

import dev.sigstore.rekor.client.RekorEntry;
import dev.sigstore.timestamp.client.ImmutableTimestampResponse;
import dev.sigstore.timestamp.client.TimestampException;
import dev.sigstore.timestamp.client.TimestampResponse;
import dev.sigstore.timestamp.client.TimestampVerificationException;
import dev.sigstore.timestamp.client.TimestampVerifier;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Finds out when the signature existed, from whom the trusted root names, and checks that the
 * certificate and the keys of the logs were valid then. A certificate lives for minutes, so without
 * a trusted time it proves nothing.
 */
final class SignedAtStep {
  private final SigstoreTrustedRoot root;
  private final TimestampVerifier authorities;

  SignedAtStep(SigstoreTrustedRoot root) {
    this.root = root;
    try {
      this.authorities = TimestampVerifier.newTimestampVerifier(root);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("trusted root: " + e.getMessage(), e);
    }
  }

  /** The times, of entries that {@link LogStep} has found genuine. */
  List<Instant> check(BundleDocument bundle, Optional<X509Certificate> certificate) throws Refused {
    List<Instant> stamped = new ArrayList<>();
    for (byte[] timestamp : bundle.timestamps()) {
      stamped.add(timestamp(timestamp, bundle.content().signature()));
    }
    List<Instant> all = new ArrayList<>(stamped);
    for (RekorEntry entry : bundle.entries()) {
      if (promised(entry)) {
        Instant integrated = Instant.ofEpochSecond(entry.getIntegratedTime());
        requireLogKey(entry, List.of(integrated));
        all.add(integrated);
      } else {
        // Such a log states no time of its own.
        requireLogKey(entry, stamped);
      }
    }
    if (certificate.isPresent()) {
      requireValid(certificate.get(), all);
    }
    return all;
  }

  /** Whether the log vouched for the time it states; otherwise anybody may have written it. */
  private static boolean promised(RekorEntry entry) {
    String promise = entry.getVerification().getSignedEntryTimestamp();
    return promise != null && !promise.isEmpty();
  }

  private Instant timestamp(byte[] response, byte[] signature) throws Refused {
    try {
      TimestampResponse parsed =
          ImmutableTimestampResponse.builder().encoded(response).build();
      authorities.verify(parsed, signature);
      return parsed.getGenTime().toInstant();
    } catch (TimestampVerificationException | TimestampException | RuntimeException e) {
      throw new Refused(BundleReason.TIMESTAMP, String.valueOf(e.getMessage()), e);
    }
  }

  private void requireLogKey(RekorEntry entry, List<Instant> times) throws Refused {
    byte[] id = HexFormat.of().parseHex(entry.getLogID());
    for (Instant time : times) {
      if (dev.sigstore.trustroot.TransparencyLog.find(root.getTLogs(), id, time).isEmpty()) {
        throw new Refused(
            BundleReason.SIGNED_AT,
            "the key of log " + entry.getLogID() + " was not valid at " + time);
      }
    }
  }

  private static void requireValid(X509Certificate certificate, List<Instant> times)
      throws Refused {
    if (times.isEmpty()) {
      throw new Refused(
          BundleReason.SIGNED_AT,
          "neither a timestamp nor a log's promise says when it was signed");
    }
    for (Instant time : times) {
      try {
        certificate.checkValidity(Date.from(time));
      } catch (GeneralSecurityException e) {
        throw new Refused(
            BundleReason.SIGNED_AT,
            "signed at " + time + ", and the certificate is valid from "
                + certificate.getNotBefore().toInstant() + " to "
                + certificate.getNotAfter().toInstant(),
            e);
      }
    }
  }
}
