/** What both ways to the NSM share. */
@NullMarked
package io.treza.enclave.internal;

import org.jspecify.annotations.NullMarked;
