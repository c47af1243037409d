package io.treza.image.internal.registry;

import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Digest;
import io.treza.image.internal.ImageParts;
import io.treza.image.internal.Part;
import io.treza.image.internal.http.Retries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * Pushes an image to a repository (OCI Distribution Specification 1.1, "Push"): what is not there,
 * and the manifest last, so that nobody finds an image of which a part is missing.
 */
public final class ImagePush implements AutoCloseable {
  private static final String STORED = "Docker-Content-Digest";

  private final RegistryReference target;
  private final Settings settings;
  private final Optional<String> lender;
  private final Retries retries;
  private final RegistryClient client;

  /**
   * Prepares to push; nothing is asked of the registry yet.
   *
   * @param base where the base image was pulled from, if it was
   */
  public ImagePush(RegistryReference target, Settings settings, Optional<RegistryReference> base)
      throws IOException {
    this(target, settings, base, Retries.standard());
  }

  ImagePush(
      RegistryReference target,
      Settings settings,
      Optional<RegistryReference> base,
      Retries retries)
      throws IOException {
    this.target = target;
    this.settings = settings;
    this.retries = retries;
    this.lender = base.filter(b -> b.registry().equals(target.registry()))
        .map(RegistryReference::repository)
        .filter(repository -> !repository.equals(target.repository()));
    this.client = new RegistryClient(
        target, settings, retries, lender.map(Use::pushBorrowing).orElseGet(Use::push));
  }

  /** Pushes; the image by its digest. */
  public RegistryReference push(ImageParts image) throws IOException {
    if (settings.offline()) {
      throw new ImageException(target + ": offline; an image cannot be pushed");
    }
    Digest digest = image.manifest().digest();
    if (target.digest().filter(wanted -> !wanted.equals(digest.toString())).isPresent()) {
      throw new ImageException(
          target + ": the image has the digest " + digest + "; name a tag, or this digest");
    }
    for (Part layer : image.layers()) {
      upload(layer, lender);
    }
    upload(image.config(), Optional.empty());
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    image.manifest().writeTo(json);
    String stored = client.putManifest(
        target.tag().orElse(digest.toString()),
        json.toByteArray(),
        image.manifest().mediaType(),
        response -> response.header(STORED, digest.toString()));
    if (!digest.toString().equals(stored)) {
      throw new ImageException(target + ": the registry says it stored " + stored
          + ", not the image " + digest + "; do not use what is there");
    }
    return new RegistryReference(
        target.registry(), target.repository(), Optional.empty(), Optional.of(digest.toString()));
  }

  private void upload(Part part, Optional<String> from) throws IOException {
    new BlobUpload(client, retries, part, from, settings.progress()).send();
  }

  @Override
  public void close() {
    client.close();
  }
}
