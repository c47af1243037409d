/** Whether an image will boot and behave inside a Nitro enclave. */
@NullMarked
package io.treza.audit.internal.readiness;

import org.jspecify.annotations.NullMarked;
