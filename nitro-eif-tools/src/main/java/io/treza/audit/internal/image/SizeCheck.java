package io.treza.audit.internal.image;

import static io.treza.audit.Result.PASS;

import io.treza.audit.Finding;
import io.treza.image.ImageDescription.LayerDescription;
import java.util.List;
import java.util.Locale;

/** How large the image is, in its three meanings (P06). */
final class SizeCheck {
  private SizeCheck() {}

  static List<Finding> findings(ImageSurvey survey) {
    List<LayerDescription> layers = survey.description().layers();
    return List.of(Finding.of(
        "P06",
        PASS,
        String.format(
            Locale.ROOT,
            "%s as stored (%d layers), %s of layers uncompressed, %s of files in the root, which is"
                + " what an enclave holds in memory",
            mebibytes(layers.stream().mapToLong(LayerDescription::storedBytes).sum()),
            layers.size(),
            mebibytes(layers.stream().mapToLong(LayerDescription::bytes).sum()),
            mebibytes(survey.root().totalBytes()))));
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
