/** What the verifier needs of X.509 (RFC 5280), read strictly and judged by the steps. */
@NullMarked
package io.treza.attestation.internal.x509;

import org.jspecify.annotations.NullMarked;
