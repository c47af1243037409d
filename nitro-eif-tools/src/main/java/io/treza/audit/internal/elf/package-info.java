/** What the kernel and the dynamic loader go by in an ELF file. */
@NullMarked
package io.treza.audit.internal.elf;

import org.jspecify.annotations.NullMarked;
