/** Attestation documents, certificate chains and a simulated NSM under a private root, for tests. */
@NullMarked
package io.treza.testkit;

import org.jspecify.annotations.NullMarked;
