/** Reading from web servers: by TLS, through proxies, again where a connection broke. */
@NullMarked
package io.treza.image.internal.http;

import org.jspecify.annotations.NullMarked;
