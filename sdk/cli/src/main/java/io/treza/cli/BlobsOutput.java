package io.treza.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.BlobIdentity;
import io.treza.eif.BlobRelease;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How the commands about blobs say what a set is. */
final class BlobsOutput {
  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  /** Prints what a set is, and the digest of the archive that it came in, if any. */
  void print(BlobIdentity blobs, Optional<String> archive, CommandSpec spec) {
    PrintWriter out = spec.commandLine().getOut();
    List<BlobRelease> releases = blobs.releases();
    if (json) {
      out.println(node(blobs, archive, releases));
      return;
    }
    releases.forEach(release -> line(out, "release", release.name()));
    if (releases.isEmpty()) {
      line(out, "release", "none that is known");
    }
    line(out, "architecture", blobs.architecture().kernelName());
    line(out, "PCR1", blobs.pcr1());
    blobs.digests().forEach((name, hex) -> line(out, name, "sha256:" + hex));
    archive.ifPresent(digest -> line(out, "archive", digest));
    releases.forEach(release -> line(out, "source", release.source()));
  }

  private static void line(PrintWriter out, String name, String value) {
    out.println(Printable.text(String.format(Locale.ROOT, "%-13s %s", name, value)));
  }

  private static ObjectNode node(
      BlobIdentity blobs, Optional<String> archive, List<BlobRelease> releases) {
    ObjectNode node = JsonMapper.builder().build().createObjectNode();
    releases.forEach(release -> node.withArray("Releases")
        .addObject()
        .put("Name", release.name())
        .put("Source", release.source()));
    node.withArray("Releases");
    node.put("Architecture", blobs.architecture().kernelName());
    node.put("PCR1", blobs.pcr1());
    blobs.digests().forEach((name, hex) -> node.withObject("Blobs").put(name, "sha256:" + hex));
    archive.ifPresent(digest -> node.put("Archive", digest));
    return node;
  }
}
