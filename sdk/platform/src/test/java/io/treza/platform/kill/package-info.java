/** Clients at work while the server is killed and started again. */
package io.treza.platform.kill;
