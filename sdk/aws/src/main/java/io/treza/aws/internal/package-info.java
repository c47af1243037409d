/** What the stores, keys and backends of this module share. */
@NullMarked
package io.treza.aws.internal;

import org.jspecify.annotations.NullMarked;
