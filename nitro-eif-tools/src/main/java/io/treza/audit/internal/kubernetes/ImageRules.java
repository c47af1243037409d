package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.regex.Pattern;

/** H08 and H09: whether a pod's images are pinned, and none is the latest. */
final class ImageRules {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

  private ImageRules() {}

  static void judge(Pod pod, Findings findings) throws WrongType {
    for (Container container : pod.containers()) {
      judge(container.field().get("image"), container.label(), findings);
    }
    for (Field volume : pod.spec().get("volumes").items()) {
      if (volume.get("image").present()) {
        String label = "the volume \"" + Shown.of(volume.get("name").loose()) + "\"";
        judge(volume.at("image.reference"), label, findings);
      }
    }
  }

  private static void judge(Field image, String label, Findings findings) {
    String name = image.loose();
    if (name.isEmpty()) {
      String message = label + " names no image";
      String fix = "Write image: name@sha256:...";
      findings.add("H08", Result.FAIL, image, message, fix);
      findings.add("H09", Result.FAIL, image, message, fix);
      return;
    }
    int at = name.indexOf('@');
    String digest = at < 0 ? "" : name.substring(at + 1);
    String tagged = at < 0 ? name : name.substring(0, at);
    // A colon before the last slash is the registry's port.
    int colon = tagged.lastIndexOf(':');
    String tag = colon > tagged.lastIndexOf('/') ? tagged.substring(colon + 1) : "";
    String what = label + " has the image " + Shown.of(name);
    String pin = "Write the digest it was tested with: "
        + Shown.of(tagged.contains("$") ? "NAME" : tagged) + "@sha256:...";

    if (DIGEST.matcher(digest).matches()) {
      findings.pass("H08", image, what + ", which is pinned");
      findings.pass("H09", image, what + ", which its digest pins whatever its tag");
      return;
    }
    // Replaced before it is applied, by a tool that is not known here.
    boolean variable = name.contains("$");
    findings.add(
        "H08",
        variable ? Result.INCONCLUSIVE : Result.FAIL,
        image,
        what
            + (variable
                ? ", of which a part is filled in later"
                : at < 0 ? ", without a digest" : ", with no digest after the @"),
        pin);
    if (variable && !tag.equals("latest")) {
      findings.add(
          "H09",
          Result.INCONCLUSIVE,
          image,
          what + ", of which a part is filled in later",
          "Audit the manifest with it filled in.");
    } else if (tag.isEmpty() || tag.equals("latest")) {
      findings.add(
          "H09",
          Result.FAIL,
          image,
          what + (tag.isEmpty() ? ", without a tag, which means latest" : ""),
          pin);
    } else {
      findings.pass("H09", image, what + ", with the tag " + Shown.of(tag));
    }
  }
}
