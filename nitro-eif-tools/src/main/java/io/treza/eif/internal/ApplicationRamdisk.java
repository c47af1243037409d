package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.CommandRule;
import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.ImageConfig;
import io.treza.image.RootFilesystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lists what AWS's init (aws-nitro-enclaves-sdk-bootstrap, init/init.c) expects of the ramdisk that
 * holds the application: the image below {@code rootfs/}, and the files {@code cmd} and {@code env}.
 */
public final class ApplicationRamdisk {
  private static final FilePath ROOT = FilePath.of("rootfs");
  private static final Set<String> MOUNT_POINTS = Set.of("dev", "run", "sys", "proc", "tmp");
  // In nitro-cli's order; init does nothing with /var.
  private static final List<String> ADDED = List.of("dev", "run", "sys", "var", "proc", "tmp");

  private ApplicationRamdisk() {}

  /**
   * The entries, in the order they are archived.
   *
   * @throws EifException if there is no command, if an item of it or of the environment has a line
   *     end or NUL, or if a mount point is no directory
   */
  public static List<FileEntry> entries(ImageConfig config, CommandRule rule, RootFilesystem root)
      throws EifException {
    List<String> command = rule.command(config);
    if (command.isEmpty()) {
      throw new EifException(
          "image: neither ENTRYPOINT nor CMD, so nothing to run; add one to the image");
    }
    List<FileEntry> entries = new ArrayList<>();
    entries.add(FileEntry.directory("rootfs", 0755));
    for (FileEntry entry : root.entries()) {
      entries.add(entry.below(ROOT));
    }
    for (String name : ADDED) {
      Optional<FileEntry> present = root.find(FilePath.of(name));
      if (present.isEmpty()) {
        entries.add(FileEntry.directory("rootfs/" + name, name.equals("tmp") ? 01777 : 0755));
      } else if (MOUNT_POINTS.contains(name)
          && !(present.get().node() instanceof FileNode.Directory)) {
        throw new EifException(
            "image: /" + name + " is no directory, and init mounts there; make it one");
      }
    }
    entries.add(FileEntry.regular("cmd", 0644, lines("command", command)));
    entries.add(FileEntry.regular("env", 0644, lines("environment", config.env())));
    return entries;
  }

  /** One item a line, which is all init reads: there is no quoting. */
  private static Content lines(String what, List<String> items) throws EifException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      String item = items.get(i);
      if (item.indexOf('\n') >= 0 || item.indexOf('\0') >= 0) {
        throw new EifException("image: item " + i + " of the " + what
            + " has a line end or NUL, which init cannot" + " read; put it in a script or file");
      }
      lines.append(item).append('\n');
    }
    return Content.of(lines.toString().getBytes(UTF_8));
  }
}
