/** A backend service that creates an enclave and talks to nobody it has not verified. */
@NullMarked
package io.treza.samples.platform;

import org.jspecify.annotations.NullMarked;
