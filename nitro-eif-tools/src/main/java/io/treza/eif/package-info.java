/** Enclave image files (EIF) for AWS Nitro Enclaves: writing them and computing what they measure. */
@NullMarked
package io.treza.eif;

import org.jspecify.annotations.NullMarked;
