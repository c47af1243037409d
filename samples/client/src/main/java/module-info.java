/** A backend service on the module path: all it needs is the client. */
module io.treza.samples.client {
  requires io.treza.sdk;
  requires static org.jspecify;
}
