/** Publishing what was built: rollouts, and the key policies that follow from reference values. */
@NullMarked
package io.treza.publish;

import org.jspecify.annotations.NullMarked;
