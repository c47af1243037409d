/** HTTP to an enclave, over connections whose TLS key its evidence binds. */
@NullMarked
package io.treza.sdk.attested;

import org.jspecify.annotations.NullMarked;
