/** A benchmark of auditing a large image in one pass over its compressed layers. */
@NullMarked
package io.treza.samples.auditbenchmark;

import org.jspecify.annotations.NullMarked;
