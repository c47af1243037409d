package io.treza.attestation;

/** Every way a document can be refused, each with its meaning and what to do about it. */
public enum Reason {
  /** Larger, deeper or longer than any real document. */
  TOO_LARGE(
      "the document is larger than any real one",
      "Check that the input is one attestation document; limits can be raised in the builder."),
  /** Not CBOR, or CBOR of a kind no document uses. */
  MALFORMED_CBOR(
      "the bytes are not CBOR as documents use it",
      "Check that the input is the document itself, undamaged, and not a JSON answer around it."),
  /** Something follows the document. */
  TRAILING_BYTES(
      "something follows the end of the document or of its payload",
      "Pass exactly the bytes the NSM returned."),
  /** A key stands twice in one map. */
  DUPLICATE_KEY(
      "a key stands twice in one map",
      "Do not use this document: readers would disagree about its content."),
  /** A map key of the wrong type. */
  KEY_TYPE("a map key has the wrong type", "Do not use this document: the NSM never writes this."),
  /** A CBOR tag other than 18 around the whole. */
  UNEXPECTED_TAG(
      "a CBOR tag stands where none may",
      "Pass the COSE_Sign1 structure bare or with tag 18 only."),
  /** Not a COSE_Sign1 structure. */
  NOT_COSE_SIGN1(
      "the structure is not COSE_Sign1", "Check that the input is an attestation document."),
  /** The protected header is not exactly {1: -35}. */
  PROTECTED_HEADER(
      "the protected header is not exactly ES384",
      "Do not use this document: the NSM signs with ES384 only."),
  /** The unprotected header is not empty. */
  UNPROTECTED_HEADER(
      "the unprotected header is not empty", "Do not use this document: the NSM leaves it empty."),
  /** The signature is not 96 bytes with r and s in range. */
  SIGNATURE_ENCODING(
      "the signature is not 96 bytes of r and s in range",
      "Do not use this document: no valid signature looks like this."),
  /** A NitroTPM document, which measures an instance and not an enclave. */
  NITROTPM_DOCUMENT(
      "this is a NitroTPM document, not an enclave's",
      "Ask the enclave's NSM for a document; the instance's TPM attests something else."),
  /** A field AWS does not define. */
  UNKNOWN_FIELD(
      "the document has a field that AWS does not define",
      "If AWS has extended the format, use a newer version of this library."),
  /** A mandatory field is absent. */
  MISSING_FIELD(
      "a mandatory field is missing", "Do not use this document: the NSM always writes it."),
  /** A field holds the wrong CBOR type; null counts for mandatory ones. */
  FIELD_TYPE("a field has the wrong type", "Do not use this document: the NSM never writes this."),
  /** module_id is empty. */
  MODULE_ID("module_id is empty", "Do not use this document: the NSM always names itself."),
  /** digest is not "SHA384". */
  DIGEST("digest is not SHA384", "Do not use this document: the NSM measures with SHA-384."),
  /** timestamp is not positive or not a time. */
  TIMESTAMP("timestamp is not a time", "Do not use this document: it counts milliseconds."),
  /** pcrs has no entry, too many, an index over 31, or a value of the wrong length. */
  PCRS(
      "the PCRs are not 1 to 32 registers of 32, 48 or 64 bytes",
      "Do not use this document: the NSM never writes this."),
  /** cabundle is empty. */
  CABUNDLE("the certificate bundle is empty", "Pass the document as the NSM returned it."),
  /** A certificate of 0 or over 1024 bytes. */
  CERTIFICATE_SIZE(
      "a certificate is empty or over 1024 bytes",
      "Do not use this document: AWS's certificates are smaller."),
  /** public_key, user_data or nonce over 1024 bytes. */
  OPTIONAL_FIELD_SIZE(
      "public_key, user_data or nonce is over 1024 bytes",
      "Attest a hash of long data instead of the data."),

  /** A certificate is not canonical DER of one X.509 certificate. */
  CERTIFICATE_MALFORMED(
      "a certificate cannot be read", "Do not use this document: the chain is damaged."),
  /** The bundle does not begin with a pinned root. */
  UNTRUSTED_ROOT(
      "the chain does not begin with a trusted root",
      "Trust the root by name if it is meant (another AWS partition, a development root)."),
  /** Not X.509 version 3. */
  CERTIFICATE_VERSION(
      "a certificate is not X.509 version 3", "Do not use this document: AWS issues version 3."),
  /** Not ecdsa-with-SHA384 over P-384. */
  CERTIFICATE_ALGORITHM(
      "a certificate is not ecdsa-with-SHA384 over P-384",
      "Do not use this document: AWS uses nothing else."),
  /** basicConstraints missing, not critical, or with the wrong CA flag. */
  BASIC_CONSTRAINTS(
      "a certificate's basicConstraints do not fit its place in the chain",
      "Do not use this document: an end-entity key may have issued certificates."),
  /** More certificates below a CA than it allows. */
  PATH_LENGTH(
      "a CA certificate does not allow so long a chain",
      "Do not use this document: an issuer exceeded its authority."),
  /** keyUsage missing or without the needed bit. */
  KEY_USAGE(
      "a certificate's keyUsage does not allow what it was used for",
      "Do not use this document: a key was used for something it was not issued for."),
  /** A critical extension this library does not process. */
  UNKNOWN_CRITICAL_EXTENSION(
      "a certificate has a critical extension that is not understood",
      "RFC 5280 demands refusal; if AWS has added one, use a newer version of this library."),
  /** A certificate's issuer is not the subject before it. */
  NAME_CHAINING(
      "a certificate does not name the one before it as its issuer",
      "Do not use this document: certificates of different chains were mixed."),
  /** A certificate is not valid yet. */
  CERTIFICATE_NOT_YET_VALID(
      "a certificate is not valid yet",
      "Compare this machine's clock with a time server; a leaf is often seconds old."),
  /** A certificate has expired. */
  CERTIFICATE_EXPIRED(
      "a certificate has expired",
      "Ask for a fresh document; for an archived one use audit, not verify."),
  /** A certificate is on the deny-list. */
  CERTIFICATE_DENIED(
      "a certificate is on the deny-list", "Find out why it was denied before doing anything."),
  /** A certificate is not signed by its issuer. */
  CERTIFICATE_SIGNATURE(
      "a certificate is not signed by the one before it",
      "Do not use this document: the chain is forged or damaged."),

  /** The crypto provider failed instead of answering. */
  CRYPTO_PROVIDER(
      "the crypto provider failed instead of answering",
      "Nothing was accepted; check the provider given to the verifier, or leave it to the default."),
  /** The document is not signed by its certificate's key. */
  DOCUMENT_SIGNATURE(
      "the document is not signed by its certificate",
      "Do not use this document: it is forged, altered or damaged."),

  /** The certificates' names are not of the form this root issues. */
  NAMING(
      "the certificates' names are not of the form that this root issues",
      "A simulated enclave verifies only under a development root, AWS's only under AWS's."),
  /** module_id is not the leaf's name. */
  MODULE_ID_MISMATCH(
      "module_id is not the name in the leaf certificate",
      "Do not use this document: it was made by another module than it says."),
  /** The instance certificate belongs to another instance. */
  INSTANCE_MISMATCH(
      "the instance certificate belongs to another instance",
      "Do not use this document: certificates of different instances were mixed."),
  /** PCR4 is not the measurement of the instance id. */
  PCR4_MISMATCH(
      "PCR4 is not the measurement of the instance id",
      "Do not use this document: it contradicts itself."),

  /** Made after now. */
  FUTURE_TIMESTAMP(
      "the document was made after now",
      "Compare this machine's clock with a time server; the clock skew can be set."),
  /** Older than the maximum age. */
  TOO_OLD(
      "the document is older than allowed",
      "Ask for a fresh document; for an archived one use audit, not verify."),

  /** PCR0, PCR1 or PCR2 is zero or absent. */
  DEBUG_MODE(
      "the enclave runs in debug mode: its memory is open and nothing was measured",
      "Start the enclave without --debug-mode."),
  /** The PCRs are of no accepted release. */
  MEASUREMENT_MISMATCH(
      "the measurements are those of no accepted release",
      "Compare with what the build printed; during a rollout accept old and new release."),
  /** The source of reference values has none. */
  REFERENCE_VALUES_UNAVAILABLE(
      "there are no reference values to compare with",
      "Nothing was accepted; see the log for what the source could not obtain, or refused."),
  /** The reference values have expired. */
  REFERENCE_VALUES_EXPIRED(
      "the reference values have expired",
      "Have their publisher issue a new file; an old one may lack revocations."),
  /** The release was revoked. */
  RELEASE_REVOKED(
      "the release was revoked by its publisher",
      "Deploy a release that is in force; find out why this one was revoked."),
  /** Before notBefore or after notAfter of the release. */
  RELEASE_VALIDITY(
      "the release is outside its period of validity",
      "Deploy a release that is in force, or have its publisher extend the period."),
  /** A check that is required did not pass, or there is no audit. */
  RELEASE_AUDIT(
      "the release's audit does not say that every required check passed",
      "Mend the image, audit and publish it again, or require less."),
  /** The release's vulnerability scan is too old, from the future, or missing. */
  SCAN_AGE(
      "the release's vulnerability scan is not recent",
      "Scan the image again and publish the result, or allow an older scan."),
  /** The nonce is not the expected one. */
  NONCE_MISMATCH(
      "the nonce is not the expected one",
      "Ask for a document with the nonce you expect; this one may be a replay."),
  /** user_data is not the expected value. */
  USER_DATA_MISMATCH(
      "user_data is not the expected value", "Compare what the workload attests with the pin."),
  /** public_key is not the expected value. */
  PUBLIC_KEY_MISMATCH(
      "public_key is not the expected value",
      "The peer's key is not the attested one: do not talk to it."),
  /** Another region. */
  REGION_MISMATCH("the enclave runs in another region", "Check where it was launched."),
  /** Another role: PCR3. */
  ROLE_MISMATCH(
      "the parent instance has another IAM role",
      "Give the role's own ARN with its path, not the assumed-role ARN."),
  /** Another instance: PCR4. */
  INSTANCE_ID_MISMATCH("the enclave runs on another instance", "Check where it was launched."),
  /** Another enclave. */
  ENCLAVE_MISMATCH(
      "this is another enclave",
      "It may have been started again; have its new module id from whoever runs it."),
  /** Another signer: PCR8. */
  SIGNING_CERTIFICATE_MISMATCH(
      "the image is not signed with the expected certificate",
      "Compare the certificate given to the build with the one pinned."),

  /** The store never issued this challenge, or has forgotten it. */
  CHALLENGE_UNKNOWN(
      "the nonce is no challenge this store has outstanding",
      "Issue a challenge, have it attested, then verify; each works once."),
  /** The challenge was issued for another purpose. */
  CHALLENGE_PURPOSE(
      "the challenge was issued for another purpose", "Verify with the purpose it was issued for."),
  /** The challenge's lifetime is over. */
  CHALLENGE_EXPIRED("the challenge has expired", "Issue a new one."),
  /** The challenge was used before. */
  CHALLENGE_CONSUMED("the challenge was consumed before: this is a replay", "Issue a new one."),
  /** The store could not answer. */
  CHALLENGE_STORE_FAILED(
      "the challenge store could not answer", "See the log; nothing was accepted.");

  private final String summary;
  private final String remedy;

  Reason(String summary, String remedy) {
    this.summary = summary;
    this.remedy = remedy;
  }

  /** What it means, as part of a sentence. */
  public String summary() {
    return summary;
  }

  /** What to do, as a sentence. */
  public String remedy() {
    return remedy;
  }
}
