/** What a backend service does with the client, a page of its documentation each. */
@NullMarked
package io.treza.samples.client;

import org.jspecify.annotations.NullMarked;
