/** What a workload needs inside an enclave: evidence, and a TLS key that it binds. */
module io.treza.enclave {
  requires transitive jdk.httpserver;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires static transitive org.jspecify;

  exports io.treza.enclave;
  exports io.treza.enclave.kms;
}
