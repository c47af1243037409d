/** Measures how long it takes to attest a fleet; see docs/fleet.md. */
@NullMarked
package io.treza.samples.fleet;

import org.jspecify.annotations.NullMarked;
