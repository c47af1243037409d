package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDescription;
import io.treza.image.ImageDescription.LayerDescription;
import io.treza.image.ImageDetails;
import io.treza.image.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/**
 * Finds the one image wanted and checks every digest and size stated about it.
 *
 * <p>Where files describe it twice, as those of Docker 25 and later do, the OCI description counts:
 * it has digests for everything.
 */
public final class ImageLoader {
  private final Choice choice;

  /** Prepares to find what is wanted. */
  public ImageLoader(Choice choice) {
    this.choice = choice;
  }

  /** A layer as verified and stored. */
  public record StoredLayer(Digest diffId, FileSlice tar) {}

  /**
   * An image whose every stated digest holds.
   *
   * @param config the document that describes it
   * @param layers uncompressed
   * @param blobs the layers as they are stored where the image came from
   */
  public record Loaded(
      ImageDescription description, Json config, List<StoredLayer> layers, List<Blob> blobs) {}

  /** Finds it in an OCI layout, what docker save wrote, or a directory of skopeo's. */
  public FoundImage find(ImageFiles files) throws IOException {
    Optional<Content> index = files.find("index.json");
    if (index.isPresent()) {
      Blob document = new Blob(index.get(), files.place("index.json"), Optional.empty());
      new OciImages(new StoredBlobs(files, false), choice).addLayout(document.json());
      return new FoundImage(choice.only(files.origin()));
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
      return find(new StoredBlobs(files, true), json, Digest.sha256(bytes), files.origin());
    }
    new DockerImages(files, choice).add(json);
    return new FoundImage(choice.only(files.origin()));
  }

  /** Finds the image that a manifest describes, or the one wanted of an index. */
  public FoundImage find(BlobSource blobs, Blob document, String origin) throws IOException {
    Digest digest = document
        .stated()
        .orElseThrow(() -> new IllegalArgumentException("a registry's document has a digest"));
    return find(blobs, document.json(), digest, origin);
  }

  /** Loads a directory as the one layer of an image that runs as {@code config} says. */
  public static Loaded loadRoot(Path directory, ImageConfig config, Spool spool)
      throws IOException {
    MessageDigest hash = Digest.sha256();
    FileSlice tar = spool.pack(directory, hash);
    Digest diffId = Digest.sha256(hash);
    byte[] document = ConfigDocument.write(config, diffId);
    String place = directory.toString();
    return new Loaded(
        new ImageDescription(
            config,
            ImageDetails.none(),
            Digest.sha256(document).toString(),
            Optional.empty(),
            List.of(new LayerDescription(diffId.toString(), tar.size(), tar.size()))),
        Json.parse(document, place),
        List.of(new StoredLayer(diffId, tar)),
        List.of(new Blob(tar, place, Optional.of(diffId))));
  }

  private FoundImage find(BlobSource blobs, Json document, Digest digest, String origin)
      throws IOException {
    new OciImages(blobs, choice).addDocument(document, digest);
    return new FoundImage(choice.only(origin));
  }
}
