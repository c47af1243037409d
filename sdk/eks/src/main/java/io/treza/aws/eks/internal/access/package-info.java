/** How an API server is reached, and with whose credentials. */
@NullMarked
package io.treza.aws.eks.internal.access;

import org.jspecify.annotations.NullMarked;
