package io.treza.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name of an image that lies in a directory of images, as skopeo writes it. */
public final class ImageReference {
  private static final Pattern FORM =
      Pattern.compile("(docker-archive|oci-archive|oci):([a-zA-Z0-9._/-]+)");

  private ImageReference() {}

  /**
   * The file or directory that a reference names.
   *
   * @throws IOException if it is of another form, names nothing, or names something outside
   *     {@code images}, be it by dots, as an absolute path or over a symbolic link
   */
  public static Path resolve(Path images, String reference) throws IOException {
    Matcher form = FORM.matcher(reference);
    if (!form.matches()) {
      throw new IOException("dockerImage \"" + reference
          + "\": expected docker-archive:FILE, oci-archive:FILE or oci:DIRECTORY");
    }
    Optional<Path> real = realPath(images.resolve(form.group(2)));
    if (real.isEmpty() || !real.get().startsWith(images.toRealPath())) {
      // The same text for both: what lies outside is nobody's business.
      throw new IOException(
          "dockerImage \"" + reference + "\": there is no such image in the images directory");
    }
    boolean wantsDirectory = form.group(1).equals("oci");
    if (Files.isDirectory(real.get()) != wantsDirectory) {
      throw new IOException("dockerImage \"" + reference + "\": expected a "
          + (wantsDirectory ? "directory" : "file"));
    }
    return real.get();
  }

  private static Optional<Path> realPath(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
