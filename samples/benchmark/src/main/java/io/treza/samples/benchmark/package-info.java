/** Measures what verifying attestation documents costs; see docs/performance.md. */
@NullMarked
package io.treza.samples.benchmark;

import org.jspecify.annotations.NullMarked;
