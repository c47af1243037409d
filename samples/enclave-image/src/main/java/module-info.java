/** Building an enclave image on the module path. */
module io.treza.samples.enclaveimage {
  requires io.treza.eif;
  requires static org.jspecify;
}
