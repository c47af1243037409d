/** The enclave's side of attested AWS KMS: a key pair, its evidence, and what KMS encrypts to it. */
@NullMarked
package io.treza.enclave.kms;

import org.jspecify.annotations.NullMarked;
