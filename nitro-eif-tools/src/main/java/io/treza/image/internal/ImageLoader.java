package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageConfig;
import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the one image wanted among files in OCI layout or as {@code docker save} writes them, and
 * checks every digest and size they state.
 *
 * <p>Where both descriptions are present, as from Docker 25 on, the OCI one counts: it has digests
 * for everything.
 */
public final class ImageLoader {
  private static final int MAX_JSON = 4 << 20;
  private static final int MAX_INDEX_DEPTH = 4;
  // Docker names a configuration, and since version 25 every file, by its digest.
  private static final Pattern NAMED_BY_DIGEST =
      Pattern.compile("blobs/sha256/([0-9a-f]{64})|([0-9a-f]{64})\\.json");

  private static final Set<String> CONFIG_TYPES = Set.of(
      "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");

  private final ImageFiles files;
  private final Spool spool;
  private final Optional<String> architecture;
  private final Map<Digest, Candidate> candidates = new LinkedHashMap<>();
  private final Set<String> platforms = new LinkedHashSet<>();

  /**
   * Prepares to load.
   *
   * @param architecture in Go's words; needed if there are images for several
   */
  public ImageLoader(ImageFiles files, Spool spool, Optional<String> architecture) {
    this.files = files;
    this.spool = spool;
    this.architecture = architecture;
  }

  /** A layer as verified and stored. */
  public record StoredLayer(Digest diffId, FileSlice tar) {}

  /** An image whose every stated digest holds. */
  public record Loaded(
      ImageConfig config,
      Digest configDigest,
      Optional<Digest> manifestDigest,
      List<StoredLayer> layers) {}

  /** A file that a document refers to, and what the document says of its digest. */
  private record Blob(Content content, String place, Optional<Digest> stated) {}

  /** An image whose layers are not read yet. */
  private record Candidate(
      Json config, Digest configDigest, List<Blob> layers, Optional<Digest> manifestDigest) {}

  /** Loads the image. */
  public Loaded load() throws IOException {
    Optional<Content> index = files.find("index.json");
    Optional<Content> manifest = files.find("manifest.json");
    if (index.isPresent()) {
      addIndex(json(new Blob(index.get(), place("index.json"), Optional.empty())), 0);
    } else if (manifest.isPresent()) {
      addDockerImages(json(new Blob(manifest.get(), place("manifest.json"), Optional.empty())));
    } else {
      throw new ImageException(files.origin()
          + ": neither index.json nor manifest.json in it; expected an OCI layout or the output"
          + " of docker save");
    }
    if (candidates.size() != 1) {
      throw new ImageException(files.origin()
          + ": "
          + candidates.size()
          + " images for linux"
          + architecture.map(a -> "/" + a).orElse("")
          + ", of platforms "
          + platforms
          + "; save exactly one, or name an architecture that only one has");
    }
    return loadLayers(candidates.values().iterator().next());
  }

  /** OCI Image Specification 1.1, "Image Index"; Docker's manifest list has the same shape. */
  private void addIndex(Json index, int depth) throws IOException {
    if (depth > MAX_INDEX_DEPTH) {
      throw new ImageException(index.place() + ": indexes nested too deeply");
    }
    Json manifests = index.get("manifests");
    if (manifests.absent()) {
      throw manifests.error("an array of manifests; save the image again");
    }
    for (Json descriptor : manifests.list()) {
      Json platform = descriptor.get("platform");
      if (!platform.absent() && !wanted(platform)) {
        continue;
      }
      Digest digest = Digest.parse(descriptor.get("digest").string(), descriptor.place());
      Json document = json(blob(descriptor));
      boolean nested = !document.get("manifests").absent();
      if (nested && !document.get("layers").absent()) {
        // CVE-2021-41190: two readers could see two images under one digest.
        throw new ImageException(document.place() + ": both an index and a manifest");
      }
      if (nested) {
        addIndex(document, depth + 1);
      } else {
        addManifest(document, digest);
      }
    }
  }

  private void addManifest(Json manifest, Digest digest) throws IOException {
    Json descriptor = manifest.get("config");
    if (!CONFIG_TYPES.contains(
        descriptor.get("mediaType").stringOr("application/vnd.oci.image.config.v1+json"))) {
      return; // a signature, SBOM or other artifact
    }
    Digest configDigest = Digest.parse(descriptor.get("digest").string(), descriptor.place());
    Json config = json(blob(descriptor));
    if (wanted(config)) {
      List<Blob> layers = new ArrayList<>();
      for (Json layer : manifest.get("layers").list()) {
        layers.add(blob(layer));
      }
      candidates.put(digest, new Candidate(config, configDigest, layers, Optional.of(digest)));
    }
  }

  /** Docker Image Specification 1.2, "Combined Image JSON + Filesystem Changeset Format". */
  private void addDockerImages(Json manifest) throws IOException {
    for (Json image : manifest.list()) {
      byte[] bytes = bytes(named(image.get("Config").string()));
      Json config = Json.parse(bytes, place(image.get("Config").string()));
      if (wanted(config)) {
        List<Blob> layers = new ArrayList<>();
        for (String layer : image.get("Layers").strings()) {
          layers.add(named(layer));
        }
        Digest digest = Digest.sha256(bytes);
        candidates.put(digest, new Candidate(config, digest, layers, Optional.empty()));
      }
    }
  }

  private boolean wanted(Json platform) throws ImageException {
    String os = platform.get("os").string();
    String processor = platform.get("architecture").string();
    platforms.add(os + "/" + processor);
    // BuildKit's attestations say unknown/unknown.
    return os.equals("linux") && architecture.map(processor::equals).orElse(true);
  }

  private Loaded loadLayers(Candidate image) throws IOException {
    Json rootfs = image.config.get("rootfs").get("diff_ids");
    List<String> diffIds = rootfs.strings();
    if (diffIds.size() != image.layers.size()) {
      throw rootfs.error(image.layers.size() + " digests, as many as there are layers");
    }
    List<StoredLayer> layers = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      Blob blob = image.layers.get(i);
      Digest diffId = Digest.parse(diffIds.get(i), rootfs.place());
      layers.add(new StoredLayer(
          diffId, spool.unpackLayer(blob.content, blob.place, blob.stated, diffId)));
    }
    return new Loaded(parseConfig(image.config), image.configDigest, image.manifestDigest, layers);
  }

  private static ImageConfig parseConfig(Json root) throws ImageException {
    Json config = root.get("config");
    return new ImageConfig(
        root.get("architecture").string(),
        root.get("os").string(),
        config.get("Entrypoint").strings(),
        config.get("Cmd").strings(),
        config.get("Env").strings(),
        config.get("WorkingDir").stringOr(""),
        config.get("User").stringOr(""));
  }

  /** What an OCI descriptor refers to, its size checked. */
  private Blob blob(Json descriptor) throws IOException {
    Digest digest = Digest.parse(descriptor.get("digest").string(), descriptor.place());
    String name = "blobs/" + digest.algorithm() + "/" + digest.hex();
    Content content = files.get(name);
    long stated = descriptor.get("size").size();
    if (content.size() != stated) {
      throw new ImageException(
          place(name) + ": " + content.size() + " bytes, not " + stated + " as stated; save again");
    }
    return new Blob(content, place(name), Optional.of(digest));
  }

  /** What Docker's manifest refers to by a file name, which may state a digest. */
  private Blob named(String name) throws IOException {
    Matcher m = NAMED_BY_DIGEST.matcher(name);
    Optional<Digest> stated = m.matches()
        ? Optional.of(new Digest("sha256", m.group(1) == null ? m.group(2) : m.group(1)))
        : Optional.empty();
    return new Blob(files.get(name), place(name), stated);
  }

  private Json json(Blob blob) throws IOException {
    return Json.parse(bytes(blob), blob.place);
  }

  private static byte[] bytes(Blob blob) throws IOException {
    if (blob.content.size() > MAX_JSON) {
      throw new ImageException(
          blob.place + ": " + blob.content.size() + " bytes of JSON; at most " + MAX_JSON);
    }
    byte[] bytes;
    try (InputStream in = blob.content.open()) {
      bytes = in.readNBytes(MAX_JSON);
    }
    if (blob.stated.isPresent()) {
      MessageDigest hash = blob.stated.get().hasher();
      hash.update(bytes);
      blob.stated.get().require(hash, blob.place);
    }
    return bytes;
  }

  private String place(String name) {
    return files.origin() + ": " + name;
  }
}
