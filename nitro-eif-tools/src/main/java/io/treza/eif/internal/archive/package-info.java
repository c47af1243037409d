/** Archives that AWS's blobs come in, read without trust: RPM packages, tar and zip. */
@NullMarked
package io.treza.eif.internal.archive;

import org.jspecify.annotations.NullMarked;
