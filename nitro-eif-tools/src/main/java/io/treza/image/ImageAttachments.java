package io.treza.image;

import io.treza.image.internal.registry.Attachments;
import io.treza.image.internal.registry.Settings;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Documents attached to an image in its registry, such as statements about it. Whoever may write to
 * the repository can attach anything and remove everything: what is read proves nothing by itself.
 */
public final class ImageAttachments {
  private final RegistryReference image;
  private final Settings settings;

  private ImageAttachments(RegistryReference image, Settings settings) {
    this.image = image;
    this.settings = settings;
  }

  /**
   * The documents of one image.
   *
   * @param image with its digest
   * @throws IllegalArgumentException if it has none: a tag can be moved
   */
  public static ImageAttachments of(RegistryReference image, RegistryAccess access) {
    if (image.digest().isEmpty()) {
      throw new IllegalArgumentException(
          image + ": name the image by its digest, NAME@sha256:...; a tag can be moved");
    }
    return new ImageAttachments(image, access.settings());
  }

  /** Which image. */
  public RegistryReference image() {
    return image;
  }

  /**
   * Reads what is attached, from the registry's list of referrers or the one under the image's tag,
   * and from where cosign keeps attestations. At most 256 documents, 64 MiB together.
   *
   * @param mediaTypes of the documents; others are left out
   * @return each document once, in no order that means anything
   * @throws ImageException if the registry refuses or breaks a rule
   * @throws IOException if it cannot be reached
   */
  public List<byte[]> read(Set<String> mediaTypes) throws IOException {
    try (Attachments attachments = Attachments.reading(image, settings)) {
      return attachments.read(mediaTypes);
    }
  }

  /**
   * Attaches a document. The credentials must be good for writing. Where the registry keeps no list
   * of referrers, the one under the image's tag is replaced, and of two who do so at once one is
   * lost.
   *
   * @param mediaType of the document, and the type of the artifact that it becomes
   * @return digest of the artifact's manifest, {@code sha256:…}
   * @throws ImageException if the registry refuses, or does not have the image
   * @throws IOException if it cannot be reached
   */
  public String attach(String mediaType, byte[] document) throws IOException {
    try (Attachments attachments = Attachments.writing(image, settings)) {
      return attachments.attach(mediaType, document).toString();
    }
  }
}
