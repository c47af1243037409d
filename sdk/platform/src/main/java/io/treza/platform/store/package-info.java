/**
 * What the platform remembers, behind an interface that a file or a cloud's table service can
 * implement item by item.
 */
@NullMarked
package io.treza.platform.store;

import org.jspecify.annotations.NullMarked;
