/** Many enclaves attested anew at once, and who of them runs what. */
@NullMarked
package io.treza.sdk.fleet;

import org.jspecify.annotations.NullMarked;
