package io.treza.samples.service;

import com.sun.net.httpserver.Headers;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.ChallengeStore;
import io.treza.attestation.Expectation;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValuesSource;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * Gives a secret to enclaves of the releases in force, and to nobody else: to the key in a document
 * that answers a challenge of this keeper's, made for this purpose.
 *
 * <p>The secret is made here and is in this enclave's memory only, so that it is lost with it.
 */
final class Keeper {
  /**
   * What the challenge is for, and what the document's {@code user_data} says: a document that an
   * enclave makes for something else, with a key in it, is worth nothing here.
   */
  static final String PURPOSE = "treza sample: release of the receipt key";

  private static final Duration CHALLENGE_LIFETIME = Duration.ofMinutes(2);
  private static final int SECRET_BYTES = 32;

  private final AttestationVerifier verifier;
  private final ReferenceValuesSource releases;
  private final ChallengeStore challenges;
  private final byte[] secret = new byte[SECRET_BYTES];

  Keeper(AttestationVerifier verifier, ReferenceValuesSource releases, ChallengeStore challenges) {
    this.verifier = verifier;
    this.releases = releases;
    this.challenges = challenges;
    new SecureRandom().nextBytes(secret);
  }

  static byte[] purpose() {
    return PURPOSE.getBytes(StandardCharsets.US_ASCII);
  }

  /** A nonce of 32 bytes, to be used once, soon. */
  byte[] challenge() {
    return challenges.issue(PURPOSE, CHALLENGE_LIFETIME).nonce();
  }

  /**
   * The secret, sealed to the key in a document.
   *
   * @param document COSE_Sign1 bytes with a challenge as nonce, an X25519 SubjectPublicKeyInfo as
   *     public key, and {@link #PURPOSE} as user data
   * @throws Refused if it is not all of that; the message has the reason
   */
  byte[] release(byte[] document) throws Refused {
    Expectation expectation =
        Expectation.releases(releases).challenge(challenges, PURPOSE).userData(purpose()).build();
    VerificationResult result = verifier.verify(document, expectation);
    if (!(result instanceof VerifiedAttestation attestation)) {
      throw new Refused(((Rejection) result).toString());
    }
    byte[] key = attestation
        .publicKey()
        .orElseThrow(() -> new Refused("the document has no public key to seal to"));
    try {
      return SealedSecret.seal(key, attestation.document().nonce().orElseThrow(), secret);
    } catch (GeneralSecurityException e) {
      throw new Refused("the document's public key is not X25519: " + e.getMessage());
    }
  }

  /** Answers a request for the secret, whose body is the document. */
  Api.Answer answer(Headers headers, byte[] document) {
    try {
      return new Api.Answer(200, release(document));
    } catch (Refused e) {
      return Api.Answer.text(403, String.valueOf(e.getMessage()));
    }
  }

  /** Why there is no secret for this document. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String why) {
      super(why);
    }
  }
}
