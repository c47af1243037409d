/** A relying party on the module path. */
module io.treza.samples.quickstart {
  requires io.treza.attestation;
  requires static org.jspecify;
}
