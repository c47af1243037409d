/** Attestation documents, certificate chains and a simulated NSM under a private root. */
module io.treza.testkit {
  requires static transitive org.jspecify;

  exports io.treza.testkit;
}
