/** Kubernetes manifests as evidence; not part of the API. */
@NullMarked
package io.treza.audit.internal.kubernetes;

import org.jspecify.annotations.NullMarked;
