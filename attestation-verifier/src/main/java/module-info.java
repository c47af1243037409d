/** Verifies AWS Nitro Enclaves attestation documents. */
module io.treza.attestation {
  requires cbor; // named after its file, as is cose.java: neither jar names itself
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.cbor;
  requires cose.java;
  requires org.bouncycastle.provider;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.treza.attestation;
  exports io.treza.attestation.reference;
}
