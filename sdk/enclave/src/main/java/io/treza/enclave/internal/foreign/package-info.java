/** The C library, where the Java runtime has foreign functions. */
@NullMarked
package io.treza.enclave.internal.foreign;

import org.jspecify.annotations.NullMarked;
