/** Makes container images of Java programs with jlink and nothing else. */
@NullMarked
package io.treza.samples.serviceimage;

import org.jspecify.annotations.NullMarked;
