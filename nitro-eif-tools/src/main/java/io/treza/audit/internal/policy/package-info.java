/** Reads policy files. */
@NullMarked
package io.treza.audit.internal.policy;

import org.jspecify.annotations.NullMarked;
