/** ECDSA over P-384 with a provider instance, and the cache of verified links. */
@NullMarked
package io.treza.attestation.internal.crypto;

import org.jspecify.annotations.NullMarked;
