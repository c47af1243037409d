package io.treza.sdk.attested;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import okio.ByteString;

/**
 * Decides whether a TLS key is the enclave's: by evidence for a fresh nonce that binds the key. Of
 * those who ask about one key at once, one obtains the evidence and all get the verdict.
 */
final class Attestor {
  private static final long LOOK_UP_MILLIS = 50;

  private final AttestationVerifier verifier;
  private final Expectation.NonceStage measurements;
  private final UnaryOperator<Expectation.Builder> demands;
  private final KeyBinding binding;
  private final int nonceBytes;
  private final AttestedKeys keys;
  private final SecureRandom random = new SecureRandom();
  private final ConcurrentMap<ByteString, CompletableFuture<Optional<PeerNotAttestedException>>>
      underWay = new ConcurrentHashMap<>();

  Attestor(
      AttestationVerifier verifier,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> demands,
      KeyBinding binding,
      int nonceBytes,
      AttestedKeys keys) {
    this.verifier = verifier;
    this.measurements = measurements;
    this.demands = demands;
    this.binding = binding;
    this.nonceBytes = nonceBytes;
    this.keys = keys;
  }

  /** Obtains a document for a nonce. */
  @FunctionalInterface
  interface Evidence {
    byte[] obtain(byte[] nonce) throws IOException;
  }

  /**
   * Returns when the key of this certificate is attested.
   *
   * @param patienceMillis how long to wait for somebody else's verdict; 0 for ever
   * @param over whether the call was cancelled or its time is over, so that nobody needs the verdict
   * @return whether {@code evidence} was asked, rather than the verdict known or another's
   * @throws PeerNotAttestedException if it is not the enclave's
   */
  boolean attest(
      X509Certificate certificate, Evidence evidence, int patienceMillis, BooleanSupplier over)
      throws IOException {
    ByteString key = ByteString.of(binding.subject(certificate));
    while (!keys.contains(key)) {
      CompletableFuture<Optional<PeerNotAttestedException>> mine = new CompletableFuture<>();
      CompletableFuture<Optional<PeerNotAttestedException>> others =
          underWay.putIfAbsent(key, mine);
      if (others != null) {
        follow(others, patienceMillis, over);
      } else if (lead(key, certificate, evidence, mine)) {
        return true;
      }
    }
    return false;
  }

  private boolean lead(
      ByteString key,
      X509Certificate certificate,
      Evidence evidence,
      CompletableFuture<Optional<PeerNotAttestedException>> verdict)
      throws IOException {
    Optional<PeerNotAttestedException> refusal = Optional.empty();
    try {
      if (keys.contains(key)) {
        // Somebody was done between the look and the lead.
        return false;
      }
      Instant since = keys.now();
      keys.add(key, since, verified(certificate, evidence));
      return true;
    } catch (PeerNotAttestedException e) {
      refusal = Optional.of(e);
      throw e;
    } finally {
      // After any other failure those who wait try themselves: it may be this call's alone.
      underWay.remove(key);
      verdict.complete(refusal);
    }
  }

  private VerifiedAttestation verified(X509Certificate certificate, Evidence evidence)
      throws IOException {
    byte[] nonce = new byte[nonceBytes];
    random.nextBytes(nonce);
    byte[] document = evidence.obtain(nonce.clone());
    Expectation.Builder expectation =
        nonceBytes == 0 ? measurements.withoutNonce() : measurements.nonce(nonce);
    VerificationResult result =
        verifier.verify(document, bound(demands.apply(expectation), certificate, document));
    if (result instanceof Rejection rejection) {
      throw PeerNotAttestedException.rejected(rejection);
    }
    return (VerifiedAttestation) result;
  }

  /** The binding comes last, so that no other demand can replace it. */
  private Expectation bound(
      Expectation.Builder expectation, X509Certificate certificate, byte[] document)
      throws PeerNotAttestedException {
    try {
      return binding.demand(expectation, certificate, document).build();
    } catch (IllegalArgumentException e) {
      throw PeerNotAttestedException.of(
          Problem.NO_KEY, "the peer's key cannot be bound: " + e.getMessage());
    }
  }

  /** Looks up now and then, for nobody wakes a thread whose call is cancelled. */
  private static void follow(
      CompletableFuture<Optional<PeerNotAttestedException>> verdict,
      int patienceMillis,
      BooleanSupplier over)
      throws IOException {
    long began = System.nanoTime();
    while (true) {
      try {
        Optional<PeerNotAttestedException> refusal =
            verdict.get(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS);
        if (refusal.isPresent()) {
          throw refusal.get().again();
        }
        return;
      } catch (TimeoutException e) {
        if (over.getAsBoolean()) {
          throw new IOException("given up while waiting for evidence", e);
        }
        long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        if (patienceMillis != 0 && waited >= patienceMillis) {
          SocketTimeoutException timeout =
              new SocketTimeoutException("no evidence within " + patienceMillis + " ms");
          timeout.initCause(e);
          throw timeout;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for evidence", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a verdict is a value", e);
      }
    }
  }
}
