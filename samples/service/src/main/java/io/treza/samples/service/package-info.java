/** A service that takes orders in an enclave, and the keeper of its secret in another. */
@NullMarked
package io.treza.samples.service;

import org.jspecify.annotations.NullMarked;
