package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.RootFilesystem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Lists the members of a ramdisk as {@code nitro-cli build-enclave} has linuxkit make it.
 *
 * <p>The sources are those of linuxkit 1.5.2, with the patches that AWS applies to it
 * (aws-nitro-enclaves-sdk-bootstrap, linuxkit): moby/image.go for the files of an image,
 * moby/build.go for listed files, initrd/initrd.go for how both become members.
 */
public final class LinuxkitRamdisk {
  // moby/util.go, defaultModTime: 2017-04-18T16:30:00Z.
  private static final long TIME = 1_492_533_000;
  private static final FilePath PREFIX = FilePath.of("rootfs");
  // enclave_build/src/yaml_generator.rs of nitro-cli.
  private static final List<String> DIRECTORIES =
      List.of("dev", "run", "sys", "var", "proc", "tmp");

  // moby/image.go: exclude, replace and touch. The first also has dev/pts and dev/shm, which never
  // match: Docker makes them directories, and the names of those end in a slash.
  private static final Set<String> EXCLUDED =
      Set.of(".dockerenv", "Dockerfile", "dev/console", "etc/hostname");
  private static final Set<String> REPLACED = Set.of("etc/hosts", "etc/resolv.conf");
  private static final List<FileEntry> TOUCHED = List.of(
      FileEntry.directory("dev", 0755),
      FileEntry.directory("dev/pts", 0755),
      FileEntry.directory("dev/shm", 0755),
      FileEntry.directory("etc", 0755),
      FileEntry.regular("etc/hosts", 0644, Content.of("""
          127.0.0.1       localhost
          ::1     localhost ip6-localhost ip6-loopback
          fe00::0 ip6-localnet
          ff00::0 ip6-mcastprefix
          ff02::1 ip6-allnodes
          ff02::2 ip6-allrouters
          """.getBytes(US_ASCII))),
      link("etc/mtab", 0755, "/proc/mounts"),
      link("etc/resolv.conf", 0644, "/run/resolvconf/resolv.conf"),
      FileEntry.directory("proc", 0755),
      FileEntry.directory("sys", 0755));

  private LinuxkitRamdisk() {}

  /** The members for a list of files, in its order, each after the directories it is in. */
  public static List<CpioMember> listed(List<FileEntry> files) {
    List<CpioMember> members = new ArrayList<>();
    Set<String> made = new HashSet<>();
    for (FileEntry file : files) {
      String path = file.path().latin1();
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        String parent = path.substring(0, slash);
        if (made.add(parent)) {
          members.add(new CpioMember(
              new FilePath(parent), passable(file.owner()), new FileNode.Directory(), TIME));
        }
      }
      made.add(path);
      members.add(CpioMember.of(file, TIME));
    }
    return members;
  }

  /** Lets those pass through a directory who have any right to the file in it. */
  private static FileEntry.Owner passable(FileEntry.Owner file) {
    int any = (file.permissions() | file.permissions() >> 1 | file.permissions() >> 2) & 0111;
    return new FileEntry.Owner(file.permissions() | any, file.uid(), file.gid());
  }

  /** The members for an image, and for {@code files} beside it. */
  public static List<CpioMember> application(RootFilesystem image, List<FileEntry> files) {
    List<CpioMember> members = new ArrayList<>();
    members.add(CpioMember.of(FileEntry.directory(PREFIX.latin1(), 0755), TIME));
    SortedMap<String, FileEntry> toTouch = new TreeMap<>();
    TOUCHED.forEach(entry -> toTouch.put(exportedName(entry), entry));
    for (FileEntry entry : DockerExport.of(image)) {
      String name = exportedName(entry);
      FileEntry touched = toTouch.remove(name);
      if (!EXCLUDED.contains(name)) {
        members.add(new CpioMember(
            new FilePath(name).below(PREFIX),
            entry.owner(),
            touched != null && REPLACED.contains(name) ? touched.node() : unlinked(entry),
            touched != null ? TIME : entry.mtime()));
      }
    }
    // Not found under their names are files that the image has a directory in place of.
    toTouch.values().forEach(entry -> members.add(CpioMember.of(entry.below(PREFIX), TIME)));
    List<FileEntry> beside = new ArrayList<>();
    DIRECTORIES.forEach(name -> beside.add(FileEntry.directory(name, 0755).below(PREFIX)));
    beside.addAll(files);
    members.addAll(listed(beside));
    return members;
  }

  private static String exportedName(FileEntry entry) {
    boolean directory = entry.node() instanceof FileNode.Directory;
    return entry.path().latin1() + (directory ? "/" : "");
  }

  /** What an entry stands for, a relative symbolic link in place of a hard one. */
  private static FileNode unlinked(FileEntry entry) {
    if (!(entry.node() instanceof FileNode.HardLink link)) {
      return entry.node();
    }
    List<String> from = List.of(entry.path().latin1().split("/"));
    List<String> to = List.of(link.first().latin1().split("/"));
    int shared = 0;
    while (shared < Math.min(from.size(), to.size()) - 1
        && from.get(shared).equals(to.get(shared))) {
      shared++;
    }
    String up = "../".repeat(from.size() - 1 - shared);
    String down = String.join("/", to.subList(shared, to.size()));
    return new FileNode.SymbolicLink(new FilePath(up + down));
  }

  private static FileEntry link(String path, int permissions, String target) {
    return new FileEntry(
        FilePath.of(path),
        FileEntry.Owner.root(permissions),
        new FileNode.SymbolicLink(FilePath.of(target)));
  }
}
