package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Location;
import io.treza.audit.internal.image.FileTree;
import io.treza.audit.internal.image.Resolution;
import io.treza.audit.internal.image.SurveyedFile;
import java.util.List;
import java.util.Optional;

/** The files of an image as a program in the enclave finds them: init mounts over some. */
record EnclaveFiles(FileTree root, EnclaveTarget.Init init) {
  /** Where AWS's init mounts (init/init.c, ops and init_dev). */
  static final List<String> MOUNT_POINTS = List.of("dev", "proc", "sys", "run", "tmp");

  /** What looking for a file came to. */
  sealed interface Sought {
    /** A file that is there, under its real name. */
    record Found(SurveyedFile file) implements Sought {}

    /** None, and why, as half a sentence. */
    record Absent(String why) implements Sought {}
  }

  /** Follows {@code path}, which is relative to {@code directory} unless it starts with a slash. */
  Sought find(String path, String directory) {
    String absolute = absolute(path, directory);
    Resolution resolution = root.resolve(absolute);
    if (resolution instanceof Resolution.Missing missing) {
      String real = "/" + missing.path();
      return new Sought.Absent(
          (absolute + "/").startsWith(real + "/")
              ? "there is no " + absolute
              : absolute + " leads to " + real + ", which does not exist");
    } else if (resolution instanceof Resolution.NotDirectory not) {
      return new Sought.Absent("/" + not.path() + " in " + absolute + " is no directory");
    } else if (resolution instanceof Resolution.Loop loop) {
      return new Sought.Absent(absolute + " is a loop of symbolic links, at /" + loop.path());
    }
    SurveyedFile file = ((Resolution.Found) resolution).file();
    Optional<String> over = mountedOver(file);
    return over.isPresent()
        ? new Sought.Absent(name(file) + " is hidden by what init mounts on /" + over.get())
        : new Sought.Found(file);
  }

  /** The file at {@code path}, if there is one. */
  Optional<SurveyedFile> at(String path) {
    return find(path, "/") instanceof Sought.Found found
        ? Optional.of(found.file())
        : Optional.empty();
  }

  /** Where what init mounts hides what the image has. */
  private List<String> hidden() {
    return init == EnclaveTarget.Init.AWS ? MOUNT_POINTS : List.of("dev", "proc", "sys");
  }

  /** The mount point that hides a file, if one does. */
  Optional<String> mountedOver(SurveyedFile file) {
    String path = file.path().latin1();
    return hidden().stream().filter(point -> path.startsWith(point + "/")).findFirst();
  }

  static String absolute(String path, String directory) {
    if (path.startsWith("/")) {
      return path;
    }
    return directory.endsWith("/") ? directory + path : directory + "/" + path;
  }

  /** The absolute name of a file. */
  static String name(SurveyedFile file) {
    return "/" + file.path();
  }

  static Location location(SurveyedFile file) {
    String layer = file.facts().layer();
    return new Location.ImageFile(
        file.path().toString(), layer.isEmpty() ? Optional.empty() : Optional.of(layer));
  }
}
