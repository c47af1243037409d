@NullMarked
package io.treza.eif;

import org.jspecify.annotations.NullMarked;
