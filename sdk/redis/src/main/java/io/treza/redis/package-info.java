/** Challenges and sequences that several servers share, in Redis. */
@NullMarked
package io.treza.redis;

import org.jspecify.annotations.NullMarked;
