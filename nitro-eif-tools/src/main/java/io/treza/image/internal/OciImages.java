package io.treza.image.internal;

import io.treza.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds images by OCI indexes and manifests (OCI Image Specification 1.1); Docker's manifest list
 * and manifest have the same shapes.
 */
public final class OciImages {
  public static final String INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final int MAX_INDEX_DEPTH = 4;
  // Indexes may refer to one another many times over.
  private static final int MAX_DOCUMENTS = 1000;
  // The second is the full name, where containerd or Docker wrote the layout.
  private static final List<String> NAME_ANNOTATIONS =
      List.of("org.opencontainers.image.ref.name", "io.containerd.image.name");
  private static final Set<String> CONFIG_TYPES =
      Set.of(CONFIG, "application/vnd.docker.container.image.v1+json");

  private final BlobSource blobs;
  private final Choice choice;
  private int documents;

  OciImages(BlobSource blobs, Choice choice) {
    this.blobs = blobs;
    this.choice = choice;
  }

  /** Offers the images of a layout's {@code index.json}, whose descriptors may have names. */
  void addLayout(Json index) throws IOException {
    for (Json descriptor : manifests(index)) {
      List<String> names = new ArrayList<>();
      for (String key : NAME_ANNOTATIONS) {
        Json name = descriptor.get("annotations").get(key);
        if (!name.absent()) {
          names.add(name.string());
        }
      }
      if (choice.isCalled(names)) {
        addDescribed(descriptor, 1);
      }
    }
  }

  /** Offers the image that a document is the manifest of, or those an index refers to. */
  void addDocument(Json document, Digest digest) throws IOException {
    addDocument(document, digest, 0);
  }

  private void addDescribed(Json descriptor, int depth) throws IOException {
    Json platform = descriptor.get("platform");
    if (platform.absent() || choice.isFor(platform)) {
      Descriptor described = Descriptor.of(descriptor);
      if (++documents > MAX_DOCUMENTS) {
        throw new ImageException(
            descriptor.place() + ": more than " + MAX_DOCUMENTS + " manifests; name a platform");
      }
      addDocument(blobs.document(described).json(), described.digest(), depth);
    }
  }

  private void addDocument(Json document, Digest digest, int depth) throws IOException {
    boolean index = !document.get("manifests").absent();
    if (index && !document.get("layers").absent()) {
      // CVE-2021-41190: two readers could see two images under one digest.
      throw new ImageException(document.place() + ": both an index and a manifest");
    }
    if (!index) {
      addManifest(document, digest);
      return;
    }
    if (depth >= MAX_INDEX_DEPTH) {
      throw new ImageException(document.place() + ": indexes nested too deeply");
    }
    for (Json descriptor : manifests(document)) {
      addDescribed(descriptor, depth + 1);
    }
  }

  private static List<Json> manifests(Json index) throws ImageException {
    Json manifests = index.get("manifests");
    if (manifests.absent()) {
      throw manifests.error("an array of manifests; save the image again");
    }
    return manifests.list();
  }

  private void addManifest(Json manifest, Digest digest) throws IOException {
    Json descriptor = manifest.get("config");
    if (!CONFIG_TYPES.contains(descriptor.get("mediaType").stringOr(CONFIG))) {
      return; // a signature, SBOM or other artifact
    }
    Descriptor described = Descriptor.of(descriptor);
    if (described.size().orElse(0) > Blob.MAX_JSON) {
      throw new ImageException(descriptor.place()
          + ": a configuration of "
          + described.size().getAsLong()
          + " bytes; at most "
          + Blob.MAX_JSON);
    }
    Json config = blobs.blob(described).json();
    if (choice.isFor(config)) {
      List<Candidate.LayerBlob> layers = new ArrayList<>();
      for (Json layer : manifest.get("layers").list()) {
        Descriptor part = Descriptor.of(layer);
        layers.add(() -> blobs.blob(part));
      }
      choice.offer(new Candidate(
          config,
          described.digest(),
          layers,
          Optional.of(digest),
          manifest.get("annotations").texts()));
    }
  }
}
