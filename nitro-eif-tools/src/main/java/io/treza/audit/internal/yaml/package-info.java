/** Small YAML files of settings, read strictly. */
@NullMarked
package io.treza.audit.internal.yaml;

import org.jspecify.annotations.NullMarked;
