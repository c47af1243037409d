package io.treza.image.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds images by the {@code manifest.json} that {@code docker save} writes (Docker Image
 * Specification 1.2, "Combined Image JSON + Filesystem Changeset Format").
 */
record DockerImages(ImageFiles files, Choice choice) {
  // Docker names a configuration, and since version 25 every file, by its digest.
  private static final Pattern NAMED_BY_DIGEST =
      Pattern.compile("blobs/sha256/([0-9a-f]{64})|([0-9a-f]{64})\\.json");

  void add(Json manifest) throws IOException {
    for (Json image : manifest.list()) {
      Blob document = blob(image.get("Config").string());
      byte[] bytes = document.bytes();
      Json config = Json.parse(bytes, document.place());
      boolean called = choice.isCalled(image.get("RepoTags").strings());
      if (choice.isFor(config) && called) {
        List<Candidate.LayerBlob> layers = new ArrayList<>();
        for (String layer : image.get("Layers").strings()) {
          layers.add(() -> blob(layer));
        }
        choice.offer(
            new Candidate(config, Digest.sha256(bytes), layers, Optional.empty(), Map.of()));
      }
    }
  }

  /** What the manifest refers to by a file name, which may state a digest. */
  private Blob blob(String name) throws IOException {
    Matcher m = NAMED_BY_DIGEST.matcher(name);
    Optional<Digest> stated = m.matches()
        ? Optional.of(new Digest("sha256", m.group(1) == null ? m.group(2) : m.group(1)))
        : Optional.empty();
    return new Blob(files.get(name), files.place(name), stated);
  }
}
