package io.treza.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One line for each entry of a file system, sorted: kind, octal permissions, uid, gid, SHA-256 of
 * the content (of a link: its target; of a device: "major,minor"), name.
 */
public final class Listing {
  private Listing() {}

  public static byte[] of(RootFilesystem root) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (FileEntry entry : root.entries()) {
      byte[] content = new byte[0];
      String kind = "d";
      if (entry.node() instanceof FileNode.Regular file) {
        kind = "f";
        content = TestImage.read(file.content());
      } else if (entry.node() instanceof FileNode.HardLink link) {
        kind = "h";
        content = link.first().bytes();
      } else if (entry.node() instanceof FileNode.SymbolicLink link) {
        kind = "l";
        content = link.target().bytes();
      } else if (entry.node() instanceof FileNode.Device device) {
        kind = device.block() ? "b" : "c";
        content = (device.major() + "," + device.minor()).getBytes(StandardCharsets.US_ASCII);
      } else if (entry.node() instanceof FileNode.Fifo) {
        kind = "p";
      }
      FileEntry.Owner owner = entry.owner();
      String line = "%s %o %d %d %s "
          .formatted(
              kind,
              owner.permissions(),
              owner.uid(),
              owner.gid(),
              TestImage.digest(content).substring("sha256:".length()));
      out.write(line.getBytes(StandardCharsets.US_ASCII));
      out.write(entry.path().bytes());
      out.write('\n');
    }
    return out.toByteArray();
  }
}
