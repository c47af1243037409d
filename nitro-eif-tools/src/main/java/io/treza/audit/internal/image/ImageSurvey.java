package io.treza.audit.internal.image;

import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.elf.ElfReader;
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
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one pass over the layers of an image found, without their contents: what the image says of
 * itself, the file system a container starts with, and the start of the files that were asked for.
 */
public final class ImageSurvey {
  // Of the starts of files, all together.
  private static final int MOST_KEPT = 64 << 20;
  private static final int MOST_SECRETS = 1000;
  // Of what ELF files name, all together.
  private static final long MOST_NAMED = 64 << 20;

  private final ImageDescription description;
  private final FileTree root;
  private final List<SurveyedFile> kept;
  private final List<FoundSecret> secrets;
  private final int unlistedSecrets;
  private final Leftovers leftovers;

  private ImageSurvey(ImageDescription description, FileTree root, Pass pass) {
    this.description = description;
    this.root = root;
    this.kept = List.copyOf(pass.kept);
    this.secrets = Stream.concat(pass.secrets.stream(), pass.suspects.stream()).toList();
    this.unlistedSecrets = pass.unlistedSecrets;
    this.leftovers = pass.leftovers;
  }

  /** Surveys an image that is open already. */
  public static ImageSurvey of(ContainerImage image, List<Interest> interests) throws IOException {
    return new Pass(interests).over(visitor -> {
      for (Layer layer : image.layers()) {
        try (InputStream tar = layer.tar().open()) {
          visitor.visit(layer.diffId(), tar);
          // Whether it is what was checked shows at its end.
          tar.transferTo(OutputStream.nullOutputStream());
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

  /** Files of any layer that have secrets, or may have; only the first of very many. */
  List<FoundSecret> secrets() {
    return secrets;
  }

  /** How many more such files there are. */
  int unlistedSecrets() {
    return unlistedSecrets;
  }

  /** What a build context left in the layers. */
  Leftovers leftovers() {
    return leftovers;
  }

  /** Whether a file of a layer is what a container sees at its path. */
  public boolean visible(SurveyedFile file) {
    return root.find(file.path()).filter(file::isSame).isPresent();
  }

  /** Reads all layers once. */
  @FunctionalInterface
  private interface Reading {
    ImageDescription read(LayerVisitor visitor) throws IOException;
  }

  /** The pass while it goes on. */
  private static final class Pass {
    private final List<Interest> interests;
    private final SecretScanner scanner = new SecretScanner();
    private final List<SurveyedFile> kept = new ArrayList<>();
    private final List<FoundSecret> secrets = new ArrayList<>();
    private final List<FoundSecret> suspects = new ArrayList<>();
    private final Leftovers leftovers = new Leftovers();
    private int unlistedSecrets;
    private int room = MOST_KEPT;
    private long roomForNames = MOST_NAMED;

    Pass(List<Interest> interests) {
      this.interests = List.copyOf(interests);
    }

    ImageSurvey over(Reading reading) throws IOException {
      Flattener<FileFacts> flattener = new Flattener<>(ImageLimits.defaults(), FileFacts.IMPLIED);
      ImageDescription description = reading.read((diffId, tar) -> {
        FileFacts nothing = new FileFacts(diffId, Optional.empty(), Optional.empty());
        flattener.apply(
            new TarReader(tar, "layer " + diffId), "layer " + diffId, (path, member, content) -> {
              SurveyedFile file = new SurveyedFile(new FilePath(path), member, nothing);
              leftovers.see(file);
              return member.type() == TarMember.REGULAR ? read(file, content) : nothing;
            });
      });
      List<SurveyedFile> files = new ArrayList<>();
      for (Flattener.Placed<FileFacts> file : flattener.files()) {
        files.add(new SurveyedFile(file.path(), file.member(), file.known()));
      }
      return new ImageSurvey(description, new FileTree(files), this);
    }

    private FileFacts read(SurveyedFile file, InputStream content) throws IOException {
      InputStream stream = new ScannedStream(content, scanner);
      int wanted = wanted(file);
      byte[] start = stream.readNBytes(Math.max(wanted, FileFacts.START));
      Optional<Elf> elf = Optional.empty();
      if (Elf.startsLike(start)) {
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(start), stream);
        elf = Optional.of(
            bounded(ElfReader.read(whole, file.member().size(), ElfReader.DEFAULT_KEEP)));
      }
      scanner.take(content);
      Optional<FileFacts.Start> begin = Optional.empty();
      int length = Math.min(wanted, start.length);
      if (wanted > 0 && length <= room) {
        room -= length;
        byte[] bytes = length < start.length ? Arrays.copyOf(start, length) : start;
        begin = Optional.of(new FileFacts.Start(bytes, length == file.member().size()));
      }
      if (begin.isEmpty() && elf.isEmpty()) {
        note(file, scanner.finish());
        return file.facts(); // one instance for the many files of which nothing is kept
      }
      FileFacts facts = new FileFacts(file.facts().layer(), begin, elf);
      SurveyedFile read = new SurveyedFile(file.path(), file.member(), facts);
      if (begin.isPresent()) {
        kept.add(read);
      }
      note(read, scanner.finish());
      return facts;
    }

    private Elf bounded(Elf elf) {
      if (elf instanceof Elf.File read && read.dynamic().isPresent()) {
        long weight = read.dynamic().get().weight();
        if (weight > roomForNames) {
          return new Elf.Unread("the ELF files before it name more than this looks at");
        }
        roomForNames -= weight;
      }
      return elf;
    }

    private void note(SurveyedFile file, SecretScanner.Scan scan) {
      Optional<SecretPatterns.SecretFile> named = file.member().size() == 0
          ? Optional.empty()
          : SecretPatterns.file(file.path().toString());
      if (named.isEmpty() && scan.hits().isEmpty() && scan.complete()) {
        return;
      }
      // A suspicious name alone must not crowd out what is certain.
      List<FoundSecret> list = scan.hits().isEmpty() ? suspects : secrets;
      if (list.size() < MOST_SECRETS) {
        list.add(new FoundSecret(file, named, scan));
      } else {
        unlistedSecrets++;
      }
    }

    private int wanted(SurveyedFile file) {
      int wanted = file.program() ? FileFacts.START : 0;
      for (Interest interest : interests) {
        wanted = Math.max(wanted, interest.bytes(file.path().latin1(), file.member()));
      }
      return wanted;
    }
  }
}
