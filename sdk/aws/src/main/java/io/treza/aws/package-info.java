/** Enclaves in one's own AWS account, and stores there. */
@NullMarked
package io.treza.aws;

import org.jspecify.annotations.NullMarked;
