/** The platform over REST, and evidence verified here. */
module io.treza.sdk {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires transitive io.treza.attestation;
  requires static transitive org.jspecify;
  requires transitive okhttp3;
  requires okio;
  requires org.slf4j;

  exports io.treza.sdk;
  exports io.treza.sdk.attested;
  exports io.treza.sdk.fleet;
  exports io.treza.sdk.reference;
}
