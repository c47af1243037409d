/** Sigstore bundles, verified offline against a given trusted root and a given identity. */
@NullMarked
package io.treza.sigstore;

import org.jspecify.annotations.NullMarked;
