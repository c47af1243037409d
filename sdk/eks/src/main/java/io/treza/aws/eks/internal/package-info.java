/** How enclaves on Kubernetes are described, reached and judged; no API. */
@NullMarked
package io.treza.aws.eks.internal;

import org.jspecify.annotations.NullMarked;
