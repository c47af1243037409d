/** Audits hardened images: a checklist, properties, and whether they will live in an enclave. */
@NullMarked
package io.treza.audit;

import org.jspecify.annotations.NullMarked;
