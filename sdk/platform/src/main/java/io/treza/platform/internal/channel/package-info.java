/** The one loop that moves the bytes of many connections, and how each connection comes about. */
@NullMarked
package io.treza.platform.internal.channel;

import org.jspecify.annotations.NullMarked;
