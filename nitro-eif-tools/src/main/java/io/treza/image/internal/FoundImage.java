package io.treza.image.internal;

import io.treza.image.ImageDescription;
import io.treza.image.ImageDescription.LayerDescription;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.LayerVisitor;
import io.treza.image.internal.ImageLoader.Loaded;
import io.treza.image.internal.ImageLoader.StoredLayer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** The one image wanted, whose layers can be stored or be read as they come. */
public final class FoundImage {
  private final Candidate image;
  private final List<Digest> diffIds = new ArrayList<>();

  FoundImage(Candidate image) throws ImageException {
    this.image = image;
    Json rootfs = image.config().get("rootfs").get("diff_ids");
    for (String diffId : rootfs.strings()) {
      diffIds.add(Digest.parse(diffId, rootfs.place()));
    }
    if (diffIds.size() != image.layers().size()) {
      throw rootfs.error(image.layers().size() + " digests, as many as there are layers");
    }
  }

  /** Stores the layers, each digest checked. */
  public Loaded store(Spool spool) throws IOException {
    List<Spool.Unpacked> unpacked = new ArrayList<>();
    List<Blob> blobs = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      Blob blob = image.layers().get(i).fetch();
      blobs.add(blob);
      unpacked.add(spool.unpackLayer(blob, diffIds.get(i)));
    }
    List<StoredLayer> layers = new ArrayList<>();
    List<LayerDescription> described = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      FileSlice tar = unpacked.get(i).verified();
      layers.add(new StoredLayer(diffIds.get(i), tar));
      described.add(new LayerDescription(
          diffIds.get(i).toString(), blobs.get(i).content().size(), tar.size()));
    }
    return new Loaded(description(described), image.config(), layers, blobs);
  }

  /** Reads the layers once, each digest checked; nothing is kept. */
  public ImageDescription read(LayerVisitor visitor, ImageLimits limits) throws IOException {
    List<LayerDescription> described = new ArrayList<>();
    long left = limits.maxBytes();
    for (int i = 0; i < diffIds.size(); i++) {
      Blob blob = image.layers().get(i).fetch();
      Digest diffId = diffIds.get(i);
      try (LayerStream layer = new LayerStream(blob, diffId);
          LimitedStream tar = new LimitedStream(
              layer,
              left,
              () -> new ImageException(blob.place() + ": more than " + limits.maxBytes()
                  + " bytes; raise maxBytes if meant"))) {
        visitor.visit(diffId.toString(), tar);
        tar.transferTo(OutputStream.nullOutputStream());
        described.add(
            new LayerDescription(diffId.toString(), blob.content().size(), left - tar.left()));
        left = tar.left();
      }
    }
    return description(described);
  }

  private ImageDescription description(List<LayerDescription> layers) throws ImageException {
    return new ImageDescription(
        ConfigDocument.read(image.config()),
        ConfigDocument.details(image.config(), image.annotations()),
        image.configDigest().toString(),
        image.manifestDigest().map(Digest::toString),
        layers);
  }
}
