/** Reference values: the measurements that a build printed and that relying parties pin. */
@NullMarked
package io.treza.attestation.reference;

import org.jspecify.annotations.NullMarked;
