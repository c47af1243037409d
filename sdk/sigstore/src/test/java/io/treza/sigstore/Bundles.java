package io.treza.sigstore;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Real bundles, trusted roots and artifacts. */
final class Bundles {
  static final ObjectMapper JSON = new ObjectMapper();

  private Bundles() {}

  static Path conformance() {
    return Requirement.shared("sigstore/conformance");
  }

  static Path gitHub() {
    return Requirement.shared("sigstore/github");
  }

  static byte[] bundle(String name) throws IOException {
    return Files.readAllBytes(conformance().resolve(name).resolve("bundle.sigstore.json"));
  }

  /** The public instance's root: that of a case which only adds an end to one log's key. */
  static SigstoreTrustedRoot publicInstance() throws IOException {
    ObjectNode root = (ObjectNode) JSON.readTree(conformance()
        .resolve("trust-root-tlog-validity-end-inclusive/trusted_root.json")
        .toFile());
    ((ObjectNode) root.at("/tlogs/0/publicKey/validFor")).remove("end");
    return SigstoreTrustedRoot.parse(JSON.writeValueAsBytes(root));
  }

  static SigstoreTrustedRoot gitHubsRoot() throws IOException {
    return SigstoreTrustedRoot.parse(Files.readAllBytes(gitHub().resolve("trusted_root.json")));
  }
}
