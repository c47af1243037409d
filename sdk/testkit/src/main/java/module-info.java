/** Attestation documents, certificate chains, a simulated NSM and a fake enclave under a private root. */
module io.treza.testkit {
  requires jdk.httpserver;
  requires static transitive org.jspecify;

  exports io.treza.testkit;
}
