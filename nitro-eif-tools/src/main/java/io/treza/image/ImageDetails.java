package io.treza.image;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an image says of itself beyond what to run (OCI Image Specification 1.1, "Image
 * Configuration", and the members Docker adds). What it does not say is empty.
 *
 * @param created when it was built, as written; RFC 3339
 * @param labels by key
 * @param annotations of the manifest, by key
 * @param exposedPorts such as {@code 8080/tcp}
 * @param volumes directories meant to be mounted
 * @param stopSignal such as {@code SIGTERM}
 * @param healthcheck Docker's, its kind first: {@code CMD}, {@code CMD-SHELL} or {@code NONE}
 * @param onBuild instructions for images built on this one
 * @param history one item a build step, the first first
 */
public record ImageDetails(
    String created,
    Map<String, String> labels,
    Map<String, String> annotations,
    List<String> exposedPorts,
    List<String> volumes,
    String stopSignal,
    List<String> healthcheck,
    List<String> onBuild,
    List<History> history) {
  public ImageDetails {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    exposedPorts = List.copyOf(exposedPorts);
    volumes = List.copyOf(volumes);
    healthcheck = List.copyOf(healthcheck);
    onBuild = List.copyOf(onBuild);
    history = List.copyOf(history);
  }

  /** Of an image that says nothing. */
  public static ImageDetails none() {
    return new ImageDetails(
        "", Map.of(), Map.of(), List.of(), List.of(), "", List.of(), List.of(), List.of());
  }

  /**
   * A build step.
   *
   * @param created when, as written
   * @param createdBy the command or Dockerfile instruction
   * @param comment the builder's
   * @param emptyLayer whether it made no layer
   */
  public record History(String created, String createdBy, String comment, boolean emptyLayer) {}

  /** An annotation of the manifest, or else the label of the same key. */
  public Optional<String> annotation(String key) {
    return Optional.ofNullable(annotations.getOrDefault(key, labels.get(key)));
  }
}
