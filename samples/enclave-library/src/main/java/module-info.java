/** A program inside an enclave, on the module path. */
module io.treza.samples.enclavelibrary {
  requires io.treza.enclave;
  requires java.net.http;
  requires static org.jspecify;
}
