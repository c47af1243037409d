/** A stand-in for AWS KMS that demands evidence of enclaves, for one machine. */
@NullMarked
package io.treza.platform.kms;

import org.jspecify.annotations.NullMarked;
