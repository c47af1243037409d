@NullMarked
package io.treza.attestation;

import org.jspecify.annotations.NullMarked;
