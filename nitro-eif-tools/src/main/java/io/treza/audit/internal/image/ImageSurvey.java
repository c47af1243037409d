package io.treza.audit.internal.image;

import io.treza.image.ContainerImage;
import io.treza.image.FilePath;
import io.treza.image.ImageDescription;
import io.treza.image.ImageLimits;
import io.treza.image.Layer;
import io.treza.image.LayerVisitor;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Flattener;
import io.treza.image.internal.TarMember;
import io.treza.image.internal.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one pass over the layers of an image found, without their contents: what the image says of
 * itself, the file system a container starts with, and the start of the files that were asked for.
 */
public final class ImageSurvey {
  // Of the starts of files, all together.
  private static final int MOST_KEPT = 64 << 20;

  private final ImageDescription description;
  private final FileTree root;
  private final List<SurveyedFile> kept;

  private ImageSurvey(ImageDescription description, FileTree root, List<SurveyedFile> kept) {
    this.description = description;
    this.root = root;
    this.kept = kept;
  }

  /** Surveys an image that is open already. */
  public static ImageSurvey of(ContainerImage image, List<Interest> interests) throws IOException {
    return new Pass(interests).over(visitor -> {
      for (Layer layer : image.layers()) {
        try (InputStream tar = layer.tar().open()) {
          visitor.visit(layer.diffId(), tar);
        }
      }
      return image.description();
    });
  }

  /** Surveys the image in {@code path} without storing its layers. */
  public static ImageSurvey of(ContainerImage.Opener opener, Path path, List<Interest> interests)
      throws IOException {
    return new Pass(interests).over(visitor -> opener.read(path, visitor));
  }

  /** Surveys an image of a registry without storing its layers uncompressed. */
  public static ImageSurvey of(
      ContainerImage.Opener opener, RegistryReference reference, List<Interest> interests)
      throws IOException {
    return new Pass(interests).over(visitor -> opener.read(reference, visitor));
  }

  /** What the image says of itself. */
  public ImageDescription description() {
    return description;
  }

  /** The file system a container starts with. */
  public FileTree root() {
    return root;
  }

  /** Every file of every layer of which the start was kept, hidden by a later layer or not. */
  public List<SurveyedFile> kept() {
    return kept;
  }

  /** Whether a file of a layer is what a container sees at its path. */
  public boolean visible(SurveyedFile file) {
    return root.find(file.path()).filter(f -> f.member() == file.member()).isPresent();
  }

  /** Reads all layers once. */
  @FunctionalInterface
  private interface Reading {
    ImageDescription read(LayerVisitor visitor) throws IOException;
  }

  /** The pass while it goes on. */
  private static final class Pass {
    private final List<Interest> interests;
    private final List<SurveyedFile> kept = new ArrayList<>();
    private int room = MOST_KEPT;

    Pass(List<Interest> interests) {
      this.interests = List.copyOf(interests);
    }

    ImageSurvey over(Reading reading) throws IOException {
      Flattener<FileFacts> flattener = new Flattener<>(ImageLimits.defaults(), FileFacts.IMPLIED);
      ImageDescription description = reading.read((diffId, tar) -> flattener.apply(
          new TarReader(tar, "layer " + diffId),
          "layer " + diffId,
          (path, member, content) -> facts(diffId, path, member, content)));
      List<SurveyedFile> files = new ArrayList<>();
      for (Flattener.Placed<FileFacts> file : flattener.files()) {
        files.add(new SurveyedFile(file.path(), file.member(), file.known()));
      }
      return new ImageSurvey(description, new FileTree(files), List.copyOf(kept));
    }

    private FileFacts facts(String layer, String path, TarMember member, TarReader content)
        throws IOException {
      int wanted = member.type() == TarMember.REGULAR ? wanted(path, member) : 0;
      if (wanted == 0 || room < wanted) {
        return new FileFacts(layer, Optional.empty());
      }
      byte[] start = new byte[(int) Math.min(wanted, member.size())];
      int filled = 0;
      while (filled < start.length) {
        filled += content.read(start, filled, start.length - filled);
      }
      room -= start.length;
      FileFacts facts = new FileFacts(
          layer, Optional.of(new FileFacts.Start(start, start.length == member.size())));
      kept.add(new SurveyedFile(new FilePath(path), member, facts));
      return facts;
    }

    private int wanted(String path, TarMember member) {
      int wanted = (member.header().mode() & 0111) != 0 ? FileFacts.START : 0;
      for (Interest interest : interests) {
        wanted = Math.max(wanted, interest.bytes(path, member));
      }
      return wanted;
    }
  }
}
