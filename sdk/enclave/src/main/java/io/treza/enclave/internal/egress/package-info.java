/** What the environment says about the way out, and the CONNECT requests that take it. */
@NullMarked
package io.treza.enclave.internal.egress;

import org.jspecify.annotations.NullMarked;
