package io.treza.image.internal.registry;

import io.treza.image.Content;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Blob;
import io.treza.image.internal.BlobSource;
import io.treza.image.internal.Descriptor;
import io.treza.image.internal.Digest;
import io.treza.image.internal.http.Retries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.Response;

/** The parts of an image in a registry: from the cache if they are there, else pulled into it. */
public final class RegistryImage implements BlobSource, AutoCloseable {
  private final RegistryReference reference;
  private final Settings settings;
  private final ImageLimits limits;
  private final BlobCache cache;
  private final RegistryClient client;
  private long pulled;

  /** Prepares to read; nothing is asked of the registry yet. */
  public RegistryImage(RegistryReference reference, Settings settings, ImageLimits limits)
      throws IOException {
    this(reference, settings, limits, Retries.standard());
  }

  RegistryImage(RegistryReference reference, Settings settings, ImageLimits limits, Retries retries)
      throws IOException {
    this.reference = reference;
    this.settings = settings;
    this.limits = limits;
    this.cache = new BlobCache(settings.cache());
    this.client = new RegistryClient(reference, settings, retries);
  }

  /** The manifest or index that the reference names: by its digest, else by its tag. */
  public Blob root() throws IOException {
    Optional<String> digest = reference.digest();
    if (digest.isEmpty() && !settings.offline()) {
      return resolve(reference.tag().orElseThrow());
    }
    if (digest.isEmpty()) {
      digest = cache.tag(reference.toString());
    }
    String known = digest.orElseThrow(() -> new ImageException(reference
        + ": offline, and what this tag means was never asked for; name the image by its digest"));
    return document(
        new Descriptor(Digest.parse(known, reference.toString()), OptionalLong.empty()));
  }

  /** Asks what a tag means, and remembers the answer for when there is no network. */
  private Blob resolve(String tag) throws IOException {
    String place = reference.toString();
    byte[] bytes = client.manifest(tag, response -> readDocument(response, place));
    Digest digest = Digest.sha256(bytes);
    Content content = keep(digest, bytes, place);
    cache.tag(place, digest);
    return new Blob(content, place, Optional.of(digest));
  }

  @Override
  public Blob document(Descriptor descriptor) throws IOException {
    Digest digest = descriptor.digest();
    String place = place("manifest", digest);
    Optional<Content> cached = cache.find(descriptor);
    if (cached.isEmpty()) {
      requireOnline(place);
      byte[] bytes = client.manifest(digest.toString(), response -> readDocument(response, place));
      cached = Optional.of(keep(digest, bytes, place));
    }
    requireSize(descriptor, cached.get().size(), place);
    return new Blob(cached.get(), place, Optional.of(digest));
  }

  @Override
  public Blob blob(Descriptor descriptor) throws IOException {
    Digest digest = descriptor.digest();
    String place = place("blob", digest);
    Optional<Content> cached = cache.find(descriptor);
    if (cached.isPresent()) {
      requireSize(descriptor, cached.get().size(), place);
      return new Blob(cached.get(), place, Optional.of(digest));
    }
    requireOnline(place);
    long size = descriptor.size().orElseThrow();
    if (size > limits.maxBytes() - pulled) {
      throw new ImageException(place
          + ": with its "
          + size
          + " bytes the image has more than "
          + limits.maxBytes()
          + "; raise maxBytes if meant");
    }
    pulled += size;
    Content content = client.blob(
        digest.toString(),
        response ->
            cache.store(descriptor, response.body().byteStream(), place, settings.progress()));
    return new Blob(content, place, Optional.of(digest));
  }

  private Content keep(Digest digest, byte[] bytes, String place) throws IOException {
    return cache.store(
        new Descriptor(digest, OptionalLong.of(bytes.length)),
        new ByteArrayInputStream(bytes),
        place,
        (blob, done, total) -> {});
  }

  private static byte[] readDocument(Response response, String place) throws IOException {
    return RegistryClient.bytes(response, place, Blob.MAX_JSON);
  }

  private static void requireSize(Descriptor descriptor, long size, String place)
      throws ImageException {
    if (descriptor.size().orElse(size) != size) {
      throw new ImageException(place
          + ": "
          + size
          + " bytes, not "
          + descriptor.size().getAsLong()
          + " as stated; tell its publisher");
    }
  }

  private void requireOnline(String place) throws ImageException {
    if (settings.offline()) {
      throw new ImageException(
          place + ": offline, and it is not in " + settings.cache() + "; pull it once online");
    }
  }

  private String place(String kind, Digest digest) {
    return reference.registry() + "/" + reference.repository() + ": " + kind + " " + digest;
  }

  @Override
  public void close() {
    client.close();
  }
}
