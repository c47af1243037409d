/** The platform's REST API over enclave backends of one's own. */
module io.treza.platform {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires transitive io.treza.attestation;
  requires transitive io.treza.eif;
  requires io.treza.testkit;
  requires java.sql;
  requires jdk.httpserver;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;
  requires static transitive org.jspecify;

  exports io.treza.platform;
  exports io.treza.platform.channel;
  exports io.treza.platform.kms;
  exports io.treza.platform.store;
}
