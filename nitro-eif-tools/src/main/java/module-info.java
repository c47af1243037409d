/** Container images, their audit, and enclave image files. */
module io.treza.eif {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.github.luben.zstd_jni;
  requires transitive io.treza.attestation;
  // com.sun.nio.file.ExtendedOpenOption: writing past the page cache
  requires jdk.unsupported;
  requires okhttp3;
  requires okio;
  requires org.apache.commons.compress;
  requires org.bouncycastle.provider;
  requires org.tukaani.xz;
  requires org.yaml.snakeyaml;
  requires static transitive org.jspecify;

  exports io.treza.audit;
  exports io.treza.eif;
  exports io.treza.image;
  exports io.treza.publish;
}
