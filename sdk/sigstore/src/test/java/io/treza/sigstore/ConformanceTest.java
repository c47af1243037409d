package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every case of Sigstore's own conformance suite is decided as its name says. */
class ConformanceTest {
  static final String IDENTITY =
      "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/"
          + ".github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
  static final String ISSUER = "https://token.actions.githubusercontent.com";

  @TestFactory
  List<DynamicTest> everyCaseIsDecidedAsItsNameSays() throws IOException {
    Path suite = Bundles.conformance();
    try (Stream<Path> cases = Files.list(suite)) {
      List<DynamicTest> tests = cases
          .filter(Files::isDirectory)
          .sorted()
          .map(c -> DynamicTest.dynamicTest(c.getFileName().toString(), () -> decide(c)))
          .toList();
      assertTrue(tests.size() >= 40, "the suite is whole: " + tests.size());
      return tests;
    }
  }

  private static void decide(Path directory) throws IOException, GeneralSecurityException {
    boolean expected = !directory.getFileName().toString().endsWith("_fail");
    String outcome = verify(directory);
    assertEquals(expected, outcome.equals("verified"), outcome);
  }

  static String verify(Path directory) throws IOException, GeneralSecurityException {
    Path artifact = directory.resolve("artifact");
    byte[] content =
        Files.readAllBytes(Files.exists(artifact) ? artifact : directory.resolveSibling("a.txt"));
    SigstoreTrustedRoot root;
    Path own = directory.resolve("trusted_root.json");
    try {
      root = Files.exists(own)
          ? SigstoreTrustedRoot.parse(Files.readAllBytes(own))
          : Bundles.publicInstance();
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
    SigstoreVerifier.Builder verifier = SigstoreVerifier.builder(root);
    Path key = directory.resolve("key.pub");
    if (Files.exists(key)) {
      verifier.key(key(Files.readString(key)));
    } else {
      verifier.identity(SignerIdentity.of(ISSUER, IDENTITY));
    }
    BundleResult result = verifier
        .build()
        .verify(
            Files.readAllBytes(directory.resolve("bundle.sigstore.json")),
            new ArtifactDigest(
                "sha256",
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content))));
    return result instanceof VerifiedBundle ? "verified" : result.toString();
  }

  private static PublicKey key(String pem) throws GeneralSecurityException {
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der));
  }
}
