/** What a program inside an enclave does with {@code treza-enclave}. */
@NullMarked
package io.treza.samples.enclavelibrary;

import org.jspecify.annotations.NullMarked;
