package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.image.ImageDetails;
import io.treza.image.RegistryReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the image's own name, and the annotations that name its base (OCI Image Specification 1.1,
 * "Pre-Defined Annotation Keys"), say about digests (H08) and tags (H09).
 */
final class ReferenceCheck {
  private static final String BASE_NAME = "org.opencontainers.image.base.name";
  private static final String BASE_DIGEST = "org.opencontainers.image.base.digest";

  private ReferenceCheck() {}

  static List<Finding> findings(ImageDetails details, Optional<RegistryReference> name) {
    List<Finding> findings = new ArrayList<>();
    Optional<String> base = details.annotation(BASE_NAME);
    if (base.isPresent()) {
      findings.addAll(base(base.get(), details.annotation(BASE_DIGEST)));
    } else {
      String unsaid = "The image does not say what it was built on";
      findings.add(Finding.of("H08", INCONCLUSIVE, unsaid + "; the Dockerfile does"));
      findings.add(Finding.of("H09", INCONCLUSIVE, unsaid + "; the Dockerfile does"));
    }
    name.ifPresent(reference -> findings.add(own(reference)));
    return findings;
  }

  private static List<Finding> base(String name, Optional<String> digest) {
    Location place = new Location.Configuration(BASE_NAME);
    if (name.equals("scratch")) {
      String message = "The image says that it was built on scratch, which has no versions";
      return List.of(
          new Finding("H08", PASS, message, place, ""),
          new Finding("H09", PASS, message, place, ""));
    }
    String by = digest.map(d -> " (then " + d + ")").orElse("");
    if (name.contains("@sha256:") || name.contains("@sha512:")) {
      String message = "The image says that it was built on " + name + ", which is one image";
      return List.of(
          new Finding("H08", PASS, message, place, ""),
          new Finding("H09", PASS, message, place, ""));
    }
    Finding pinned = new Finding(
        "H08",
        INCONCLUSIVE,
        "The image says that it was built on " + name + by
            + ", not whether that digest was asked for; the Dockerfile does",
        place,
        digest.map(d -> "Write FROM " + name + "@" + d).orElse(""));
    return List.of(pinned, tag(name, place));
  }

  private static Finding tag(String name, Location place) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    String tag = last.contains(":") ? last.substring(last.indexOf(':') + 1) : "latest";
    return tag.equals("latest")
        ? new Finding(
            "H09",
            FAIL,
            "The image says that it was built on " + name + ", which is another image tomorrow",
            place,
            "Name the base by a version, or better by its digest.")
        : new Finding("H09", PASS, "The image says that it was built on tag " + tag, place, "");
  }

  /** How the audited image itself was named. */
  private static Finding own(RegistryReference reference) {
    if (reference.digest().isPresent()) {
      return Finding.of("H09-image", PASS, "The image itself is named by its digest");
    }
    String tag = reference.tag().orElse("latest");
    return tag.equals("latest")
        ? new Finding(
            "H09-image",
            WARN,
            "The image itself is named " + reference + ", which is another image tomorrow",
            new Location.Whole(),
            "Give it a version as tag, and deploy it by its digest.")
        : Finding.of("H09-image", PASS, "The image itself is named by the tag " + tag);
  }
}
