/** The {@code treza} command: parses words, calls the libraries, prints answers. */
@NullMarked
package io.treza.cli;

import org.jspecify.annotations.NullMarked;
