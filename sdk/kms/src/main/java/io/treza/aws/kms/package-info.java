/** AWS KMS from inside an enclave, its answers wrapped to a key that the evidence binds. */
@NullMarked
package io.treza.aws.kms;

import org.jspecify.annotations.NullMarked;
