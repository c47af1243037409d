/**
 * The platform over REST, and evidence verified here rather than believed.
 *
 * <p>Build one {@link io.treza.sdk.TrezaClient}. What the platform says of its enclaves comes back
 * as claims; {@code verifyAttestation} and {@code waitUntilAttested} fetch evidence for a fresh
 * nonce and verify it in this process.
 *
 * <p>One rule for failures: if the platform or the network failed, a method throws the unchecked
 * {@link io.treza.sdk.TrezaException}, whose sealed subtypes say how; if evidence was obtained and
 * refused, it throws the checked {@link io.treza.attestation.AttestationRejectedException}. What
 * the caller got wrong by itself is an {@link java.lang.IllegalArgumentException}, or an {@link
 * java.lang.IllegalStateException} if the client lacks what the call needs.
 *
 * <p>One rule for repeating: only what does no more when it comes twice is sent twice, unless the
 * server certainly did nothing.
 */
@NullMarked
package io.treza.sdk;

import org.jspecify.annotations.NullMarked;
