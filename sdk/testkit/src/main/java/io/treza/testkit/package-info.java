@NullMarked
package io.treza.testkit;

import org.jspecify.annotations.NullMarked;
