/** Which link is missing between a cluster and the enclaves that are to run on it. */
@NullMarked
package io.treza.aws.eks.internal.check;

import org.jspecify.annotations.NullMarked;
