/** Where a service has its reference values from, how it stays up to date, and what it remembers. */
@NullMarked
package io.treza.sdk.reference;

import org.jspecify.annotations.NullMarked;
