/** How the stand-in for AWS KMS keeps keys, judges policies and documents, and answers. */
@NullMarked
package io.treza.platform.internal.kms;

import org.jspecify.annotations.NullMarked;
