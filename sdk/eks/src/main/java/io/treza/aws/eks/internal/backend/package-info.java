/** One platform enclave as a deployment of one pod. */
@NullMarked
package io.treza.aws.eks.internal.backend;

import org.jspecify.annotations.NullMarked;
