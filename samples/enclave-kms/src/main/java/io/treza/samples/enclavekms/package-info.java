/** Records of an application that only its enclaves can read. */
@NullMarked
package io.treza.samples.enclavekms;

import org.jspecify.annotations.NullMarked;
