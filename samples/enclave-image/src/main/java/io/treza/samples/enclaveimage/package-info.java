/** Building an enclave image from Java. */
@NullMarked
package io.treza.samples.enclaveimage;

import org.jspecify.annotations.NullMarked;
