/** Reads scanners' reports, and what suppresses findings in them, and decides the gate. */
@NullMarked
package io.treza.audit.internal.scan;

import org.jspecify.annotations.NullMarked;
