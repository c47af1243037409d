/** Measures what the parent's side of an enclave's channels costs. */
@NullMarked
package io.treza.samples.channel.benchmark;

import org.jspecify.annotations.NullMarked;
