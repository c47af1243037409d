package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.eif.EifException;
import io.treza.eif.EnclaveInit;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.util.ArrayList;
import java.util.List;

/** Puts this project's init into a first ramdisk that was listed for AWS's. */
public final class TrezaInit {
  private TrezaInit() {}

  /**
   * The files with init, agent and forwarder in the place of the init they have. All are there,
   * started or not, so that PCR1 is one for all applications.
   *
   * @throws EifException if they have an agent or forwarder of their own
   */
  public static List<FileEntry> in(List<FileEntry> bootstrap, EnclaveInit init)
      throws EifException {
    List<FileEntry> files = new ArrayList<>();
    files.add(FileEntry.directory("dev", 0755));
    files.add(FileEntry.regular(BlobNames.INIT, 0755, init.init()));
    files.add(FileEntry.regular(BlobNames.AGENT, 0755, init.agent()));
    files.add(FileEntry.regular(BlobNames.FORWARDER, 0755, init.forwarder()));
    for (String name : List.of(BlobNames.AGENT, BlobNames.FORWARDER)) {
      if (has(bootstrap, name)) {
        throw new EifException("first ramdisk: has a file " + name + " already; rename it");
      }
    }
    boolean listed = has(bootstrap, BlobNames.LOAD_ORDER);
    if (!listed && has(bootstrap, BlobNames.NSM)) {
      // What the init of nitro-cli 1 knows without a list.
      Content list = Content.of((BlobNames.NSM + "\n").getBytes(US_ASCII));
      files.add(FileEntry.regular(BlobNames.LOAD_ORDER, 0644, list));
    }
    bootstrap.stream()
        .filter(f -> !named(f, "dev") && !named(f, BlobNames.INIT))
        .forEach(files::add);
    return files;
  }

  private static boolean has(List<FileEntry> files, String name) {
    return files.stream().anyMatch(f -> named(f, name));
  }

  private static boolean named(FileEntry file, String name) {
    return file.path().latin1().equals(name);
  }
}
