/** The format of what AWS KMS encrypts to an enclave. */
@NullMarked
package io.treza.enclave.internal.kms;

import org.jspecify.annotations.NullMarked;
