/** Evidence from a Dockerfile and its .dockerignore; not part of the API. */
@NullMarked
package io.treza.audit.internal.dockerfile;

import org.jspecify.annotations.NullMarked;
