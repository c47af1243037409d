package io.treza.eif.internal.archive;

import io.treza.eif.Architecture;
import io.treza.eif.EifException;
import io.treza.eif.internal.BlobNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds AWS's blobs in an archive, wherever they lie: {@code usr/share/nitro_enclaves/blobs} in a
 * package, {@code blobs/x86_64} in a copy of the repository. A set is what lies beside a kernel.
 */
public final class BlobFinder {
  private final String origin;
  private final List<Archive.Member> members;

  /**
   * Looks among the members of an archive.
   *
   * @param origin what to call the archive in messages
   */
  public BlobFinder(List<Archive.Member> members, String origin) {
    this.members = members;
    this.origin = origin;
  }

  /**
   * Of the directory that holds the blobs, every file: its name there, by its name in the archive.
   *
   * @param wanted which to choose where there are several
   * @throws EifException if there is none or several, or one of the blobs is no regular file
   */
  public Map<String, String> find(Optional<Architecture> wanted) throws EifException {
    Map<String, Architecture> kernels = new TreeMap<>();
    for (Archive.Member member : members) {
      String name = member.name().substring(member.name().lastIndexOf('/') + 1);
      if (member.regular() && BlobNames.KERNELS.contains(name)) {
        kernels.put(member.name(), BlobNames.architecture(name));
      }
    }
    if (kernels.isEmpty()) {
      throw new EifException(
          origin + ": holds no bzImage or Image; Amazon Linux has the blobs in the package"
              + " aws-nitro-enclaves-cli-devel");
    }
    List<String> fitting = kernels.keySet().stream()
        .filter(k -> wanted.isEmpty() || kernels.get(k) == wanted.get())
        .toList();
    if (fitting.isEmpty()) {
      throw new EifException(origin + ": holds no kernel for " + wanted.get().kernelName()
          + ", only " + String.join(", ", kernels.keySet()));
    }
    if (fitting.size() > 1) {
      throw new EifException(origin + ": holds several kernels, " + String.join(", ", fitting)
          + "; " + (wanted.isEmpty() ? "say for which architecture" : "keep one of them"));
    }
    return beside(fitting.get(0));
  }

  private Map<String, String> beside(String kernel) throws EifException {
    String directory = kernel.substring(0, kernel.lastIndexOf('/') + 1);
    Map<String, String> found = new TreeMap<>();
    for (Archive.Member member : members) {
      if (!member.name().startsWith(directory)) {
        continue;
      }
      String name = member.name().substring(directory.length());
      if (member.name().equals(kernel)
          || name.equals(BlobNames.CMDLINE)
          || BlobNames.isBootstrap(name)) {
        if (!member.regular()) {
          throw new EifException(
              origin + ": " + member.name() + " is no regular file; pack the file itself");
        }
        found.put(member.name(), name);
      }
    }
    return found;
  }
}
