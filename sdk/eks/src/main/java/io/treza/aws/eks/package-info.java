/** Deployments of enclaves on Kubernetes, as EKS runs it with the Nitro device plugin. */
@NullMarked
package io.treza.aws.eks;

import org.jspecify.annotations.NullMarked;
