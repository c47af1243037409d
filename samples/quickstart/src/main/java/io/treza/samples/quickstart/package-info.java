/** A relying party in one page. */
@NullMarked
package io.treza.samples.quickstart;

import org.jspecify.annotations.NullMarked;
