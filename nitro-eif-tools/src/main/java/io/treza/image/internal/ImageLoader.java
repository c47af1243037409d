package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageConfig;
import io.treza.image.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Loads the one image wanted into a spool and checks every digest and size stated about it.
 *
 * <p>Where files describe it twice, as those of Docker 25 and later do, the OCI description counts:
 * it has digests for everything.
 */
public final class ImageLoader {
  private final Spool spool;
  private final Choice choice;

  /** Prepares to load into {@code spool}. */
  public ImageLoader(Spool spool, Choice choice) {
    this.spool = spool;
    this.choice = choice;
  }

  /** A layer as verified and stored. */
  public record StoredLayer(Digest diffId, FileSlice tar) {}

  /** An image whose every stated digest holds. */
  public record Loaded(
      ImageConfig config,
      Digest configDigest,
      Optional<Digest> manifestDigest,
      List<StoredLayer> layers) {}

  /** Loads from an OCI layout, what docker save wrote, or a directory of skopeo's. */
  public Loaded load(ImageFiles files) throws IOException {
    Optional<Content> index = files.find("index.json");
    if (index.isPresent()) {
      Blob document = new Blob(index.get(), files.place("index.json"), Optional.empty());
      new OciImages(new StoredBlobs(files, false), choice).addLayout(document.json());
      return loadLayers(choice.only(files.origin()));
    }
    Optional<Content> manifest = files.find("manifest.json");
    if (manifest.isEmpty()) {
      throw new ImageException(files.origin()
          + ": neither index.json nor manifest.json in it; expected an OCI layout or the output"
          + " of docker save");
    }
    Blob document = new Blob(manifest.get(), files.place("manifest.json"), Optional.empty());
    byte[] bytes = document.bytes();
    Json json = Json.parse(bytes, document.place());
    if (json.node().isObject()) {
      return load(new StoredBlobs(files, true), json, Digest.sha256(bytes), files.origin());
    }
    new DockerImages(files, choice).add(json);
    return loadLayers(choice.only(files.origin()));
  }

  /** Loads the image that a manifest describes, or the one wanted of an index. */
  public Loaded load(BlobSource blobs, Blob document, String origin) throws IOException {
    Digest digest = document
        .stated()
        .orElseThrow(() -> new IllegalArgumentException("a registry's document has a digest"));
    return load(blobs, document.json(), digest, origin);
  }

  /** Loads a directory as the one layer of an image that runs as {@code config} says. */
  public static Loaded loadRoot(Path directory, ImageConfig config, Spool spool)
      throws IOException {
    MessageDigest hash = Digest.sha256();
    FileSlice tar = spool.pack(directory, hash);
    Digest diffId = Digest.sha256(hash);
    return new Loaded(
        config,
        Digest.sha256(ConfigDocument.write(config, diffId)),
        Optional.empty(),
        List.of(new StoredLayer(diffId, tar)));
  }

  private Loaded load(BlobSource blobs, Json document, Digest digest, String origin)
      throws IOException {
    new OciImages(blobs, choice).addDocument(document, digest);
    return loadLayers(choice.only(origin));
  }

  private Loaded loadLayers(Candidate image) throws IOException {
    Json rootfs = image.config().get("rootfs").get("diff_ids");
    List<String> diffIds = rootfs.strings();
    if (diffIds.size() != image.layers().size()) {
      throw rootfs.error(image.layers().size() + " digests, as many as there are layers");
    }
    List<Spool.Unpacked> unpacked = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      Digest diffId = Digest.parse(diffIds.get(i), rootfs.place());
      unpacked.add(spool.unpackLayer(image.layers().get(i).fetch(), diffId));
    }
    List<StoredLayer> layers = new ArrayList<>();
    for (Spool.Unpacked layer : unpacked) {
      layers.add(new StoredLayer(layer.diffId(), layer.verified()));
    }
    return new Loaded(
        ConfigDocument.read(image.config()), image.configDigest(), image.manifestDigest(), layers);
  }
}
