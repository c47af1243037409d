package io.treza.sigstore;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Checks that what was signed is about the artifact (in-toto Statement v1, "subject"). */
final class ArtifactStep {
  private ArtifactStep() {}

  static void check(BundleDocument.Content content, ArtifactDigest artifact) throws Refused {
    if (content instanceof BundleDocument.Statement statement) {
      checkSubjects(statement, artifact);
    } else if (content instanceof BundleDocument.Artifact signed
        && signed.digest().isPresent()
        && !Arrays.equals(signed.digest().get(), artifact.bytes())) {
      throw new Refused(BundleReason.ARTIFACT, "it states another digest than " + artifact);
    }
  }

  private static void checkSubjects(BundleDocument.Statement statement, ArtifactDigest artifact)
      throws Refused {
    List<String> found = new ArrayList<>();
    for (JsonNode subject : StrictJson.parse(statement.payload()).path("subject")) {
      String digest = subject.path("digest").path(artifact.algorithm()).asText();
      if (digest.equals(artifact.hex())) {
        return;
      }
      found.add(subject.path("name").asText() + " " + subject.path("digest"));
    }
    throw new Refused(
        BundleReason.ARTIFACT, "none of its subjects is " + artifact + ", but " + found);
  }
}
