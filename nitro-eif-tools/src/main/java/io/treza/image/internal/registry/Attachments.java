package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Blob;
import io.treza.image.internal.Digest;
import io.treza.image.internal.Json;
import io.treza.image.internal.OciImages;
import io.treza.image.internal.Part;
import io.treza.image.internal.http.Redirects;
import io.treza.image.internal.http.Retries;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.Response;

/**
 * Documents attached to one image: as artifacts that refer to it (OCI Distribution Specification
 * 1.1, "Listing Referrers" and "Referrers Tag Schema"), and in the manifest that cosign keeps beside
 * it under the tag {@code sha256-….att}.
 */
public final class Attachments implements AutoCloseable {
  /** The most documents, and bytes of all of them, that are read: servers may be hostile. */
  private static final int MAX_DOCUMENTS = 256;

  private static final int MAX_BYTES = 1 << 26;
  private static final int MAX_PAGES = 32;

  private static final String EMPTY = "application/vnd.oci.empty.v1+json";
  private static final byte[] EMPTY_JSON = "{}".getBytes(UTF_8);

  /** RFC 8288, as far as the specification uses it. */
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?.*");

  private final RegistryReference reference;
  private final Digest image;
  private final RegistryClient client;
  private final Retries retries;

  private Attachments(RegistryReference reference, Settings settings, Retries retries, Use use)
      throws IOException {
    this.reference = reference;
    String digest = reference
        .digest()
        .orElseThrow(() -> new ImageException(
            reference + ": name the image by its digest, NAME@sha256:...; a tag can be moved"));
    this.image = Digest.parse(digest, reference.toString());
    this.retries = retries;
    this.client = new RegistryClient(reference, settings, retries, use);
  }

  /** Prepares to read; nothing is asked of the registry yet. */
  public static Attachments reading(RegistryReference reference, Settings settings)
      throws IOException {
    return reading(reference, settings, Retries.standard());
  }

  static Attachments reading(RegistryReference reference, Settings settings, Retries retries)
      throws IOException {
    return new Attachments(reference, settings, retries, Use.pull());
  }

  /** Prepares to read and write. */
  public static Attachments writing(RegistryReference reference, Settings settings)
      throws IOException {
    return new Attachments(reference, settings, Retries.standard(), Use.push());
  }

  /** What may refer to the image. */
  private record Referrer(Digest digest, Optional<String> artifactType) {}

  /** Every document of these media types that is attached, each once. */
  public List<byte[]> read(Set<String> mediaTypes) throws IOException {
    Documents found = new Documents(mediaTypes);
    for (Referrer referrer : referrers()) {
      if (referrer.artifactType().filter(t -> !mediaTypes.contains(t)).isEmpty()) {
        String digest = referrer.digest().toString();
        byte[] json = client.manifest(digest, response -> document(response, digest));
        require(referrer.digest(), json, "manifest " + digest);
        Json manifest = Json.parse(json, place("manifest " + digest));
        // Lists are the registry's word; this is the publisher's.
        if (manifest.get("subject").get("digest").stringOr("").equals(image.toString())) {
          found.addLayers(manifest);
        }
      }
    }
    String cosign = tag() + ".att";
    Optional<byte[]> beside = client.findManifest(cosign, response -> document(response, cosign));
    if (beside.isPresent()) {
      found.addLayers(Json.parse(beside.get(), place("manifest " + cosign)));
    }
    return List.copyOf(found.byDigest.values());
  }

  /** Collects documents, within the limits. */
  private final class Documents {
    private final Set<String> mediaTypes;
    private final Map<Digest, byte[]> byDigest = new LinkedHashMap<>();
    private int bytes;

    Documents(Set<String> mediaTypes) {
      this.mediaTypes = mediaTypes;
    }

    void addLayers(Json manifest) throws IOException {
      for (Json layer : manifest.get("layers").list()) {
        Digest digest = Digest.parse(layer.get("digest").string(), layer.place());
        if (mediaTypes.contains(layer.get("mediaType").stringOr(""))
            && !byDigest.containsKey(digest)) {
          add(digest);
        }
      }
    }

    private void add(Digest digest) throws IOException {
      String what = "blob " + digest;
      if (byDigest.size() == MAX_DOCUMENTS) {
        throw new ImageException(reference + ": has more than " + MAX_DOCUMENTS
            + " documents attached; delete old ones in the registry");
      }
      int left = MAX_BYTES - bytes;
      byte[] blob = client.blob(
          digest.toString(), response -> RegistryClient.bytes(response, place(what), left));
      require(digest, blob, what);
      bytes += blob.length;
      byDigest.put(digest, blob);
    }
  }

  /**
   * Attaches a document, in addition to those that are there.
   *
   * @return the digest of the artifact's manifest
   */
  public Digest attach(String mediaType, byte[] document) throws IOException {
    byte[] subject =
        client.manifest(image.toString(), response -> document(response, image.toString()));
    require(image, subject, "manifest " + image);
    String subjectType = Json.parse(subject, place("manifest " + image))
        .get("mediaType")
        .stringOr(OciImages.MANIFEST);

    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest
        .put("schemaVersion", 2)
        .put("mediaType", OciImages.MANIFEST)
        .put("artifactType", mediaType);
    manifest.set("config", descriptor(EMPTY, EMPTY_JSON));
    manifest.putArray("layers").add(descriptor(mediaType, document));
    manifest.set("subject", descriptor(subjectType, subject));
    byte[] json = manifest.toString().getBytes(UTF_8);
    Digest digest = Digest.sha256(json);

    upload(Part.of(EMPTY, EMPTY_JSON));
    upload(Part.of(mediaType, document));
    boolean listed = client.putManifest(
        digest.toString(),
        json,
        OciImages.MANIFEST,
        response -> response.header("OCI-Subject") != null);
    if (!listed) {
      list(descriptor(OciImages.MANIFEST, json).put("artifactType", mediaType));
    }
    return digest;
  }

  private void upload(Part part) throws IOException {
    new BlobUpload(client, retries, part, Optional.empty(), (digest, done, total) -> {}).send();
  }

  /** Adds to the list under the image's tag, as the registry keeps none by itself. */
  private void list(ObjectNode entry) throws IOException {
    Optional<byte[]> before = client.findManifest(tag(), response -> document(response, tag()));
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("schemaVersion", 2).put("mediaType", OciImages.INDEX);
    index.putArray("manifests");
    if (before.isPresent()) {
      Json old = Json.parse(before.get(), place("manifest " + tag()));
      for (Json other : old.get("manifests").list()) {
        if (!other
            .get("digest")
            .equals(new Json(entry.get("digest"), other.place() + ": digest"))) {
          index.withArray("manifests").add(other.node());
        }
      }
    }
    index.withArray("manifests").add(entry);
    client.putManifest(tag(), index.toString().getBytes(UTF_8), OciImages.INDEX, response -> true);
  }

  private static ObjectNode descriptor(String mediaType, byte[] content) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("mediaType", mediaType)
        .put("digest", Digest.sha256(content).toString())
        .put("size", content.length);
  }

  private List<Referrer> referrers() throws IOException {
    List<Referrer> referrers = new ArrayList<>();
    Optional<Page> page =
        client.findReferrers(image.toString(), response -> page(response, "referrers"));
    if (page.isEmpty()) {
      page = client.findManifest(tag(), response -> page(response, "manifest " + tag()));
    }
    for (int pages = 1; page.isPresent(); pages++) {
      for (Json entry : page.get().index().get("manifests").list()) {
        String type = entry.get("artifactType").stringOr("");
        referrers.add(new Referrer(
            Digest.parse(entry.get("digest").string(), entry.place()),
            type.isEmpty() ? Optional.empty() : Optional.of(type)));
      }
      if (page.get().next().isEmpty()) {
        break;
      }
      if (pages == MAX_PAGES || referrers.size() > MAX_DOCUMENTS * MAX_PAGES) {
        throw new ImageException(reference + ": its list of referrers does not end");
      }
      page = client.findPage(
          page.get().next().get(), image.toString(), response -> page(response, "referrers"));
    }
    return referrers;
  }

  /** A part of a list, and where it goes on. */
  private record Page(Json index, Optional<HttpUrl> next) {}

  private Page page(Response response, String what) throws IOException {
    Json index = Json.parse(document(response, what), place(what));
    Matcher next = NEXT.matcher(Optional.ofNullable(response.header("Link")).orElse(""));
    return new Page(
        index,
        next.matches()
            ? Optional.of(
                Redirects.target(next.group(1), place(what), response.request().url()))
            : Optional.empty());
  }

  private byte[] document(Response response, String what) throws IOException {
    return RegistryClient.bytes(response, place(what), Blob.MAX_JSON);
  }

  private void require(Digest digest, byte[] bytes, String what) throws IOException {
    MessageDigest hash = digest.hasher();
    hash.update(bytes);
    digest.require(hash, place(what));
  }

  private String place(String what) {
    return reference.registry() + "/" + reference.repository() + ": " + what;
  }

  /** The image's digest as a tag. */
  private String tag() {
    return image.algorithm() + "-" + image.hex();
  }

  @Override
  public void close() {
    client.close();
  }
}
