/** Where the project's own tests find optional inputs and tools. */
@NullMarked
package io.treza.testsupport;

import org.jspecify.annotations.NullMarked;
