package io.treza.sigstore;

/** What verifying a bundle came to. */
public sealed interface BundleResult permits VerifiedBundle, BundleRejection {}
