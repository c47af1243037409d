/** The wire, the state machine and the routes behind {@code TrezaPlatform}. */
@NullMarked
package io.treza.platform.internal;

import org.jspecify.annotations.NullMarked;
