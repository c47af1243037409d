/**
 * Verifies AWS Nitro Enclaves attestation documents.
 *
 * <ol>
 *   <li>Build one {@link io.treza.attestation.AttestationVerifier}; it is immutable, thread-safe
 *       and trusts the AWS commercial root unless told otherwise.
 *   <li>Say what must hold in an {@link io.treza.attestation.Expectation}: the pinned {@link
 *       io.treza.attestation.Measurements} and the nonce.
 *   <li>{@code verify} a fresh document and use the {@link
 *       io.treza.attestation.VerifiedAttestation}, or read why not in the {@link
 *       io.treza.attestation.Rejection}. {@code audit} judges an archived document as of the
 *       moment it was signed and proves nothing about now.
 * </ol>
 *
 * <p>No network, no files, no clock but the one given, no global state.
 */
@NullMarked
package io.treza.attestation;

import org.jspecify.annotations.NullMarked;
