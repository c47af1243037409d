/** The platform's store in one SQLite file. */
@NullMarked
package io.treza.platform.internal.sqlite;

import org.jspecify.annotations.NullMarked;
