package io.treza.cli;

import io.treza.eif.Architecture;
import io.treza.eif.BlobArchive;
import io.treza.eif.BlobIdentity;
import io.treza.eif.EnclaveBlobs;
import io.treza.image.Download;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza blobs pull}: unpacks AWS's blobs from an archive of a pinned digest. */
@Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Unpack AWS's kernel, cmdline, init and modules from an archive, if it has the digest that is",
      "expected, into a directory for --blobs. Without --digest, print the digest and do nothing."
    })
final class BlobsPullCommand implements Callable<Integer> {
  private static final Pattern ADDRESS = Pattern.compile("(?i)[a-z][a-z0-9+.-]*://.*");

  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "SOURCE",
      description = {
        "The RPM package aws-nitro-enclaves-cli-devel, or a tar or zip archive of AWS's repository:",
        "a file, or an address (https://...)."
      })
  private String source = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The directory to make.")
  private Path output = Path.of("");

  @Option(
      names = "--digest",
      paramLabel = "sha256:HEX",
      description = "The digest the archive must have.")
  private @Nullable String digest;

  @Option(
      names = "--trust-first-download",
      description =
          "Without --digest: take whatever comes, and print its digest to pin from now on.")
  private boolean trustFirst;

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      description = "Which of several to take: x86_64 or aarch64.")
  private @Nullable String architecture;

  @Option(
      names = "--insecure-http",
      description =
          "Download without TLS; others can then change the archive, which --digest tells.")
  private boolean insecure;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      defaultValue = "1073741824",
      description = "Most bytes to download. Default: ${DEFAULT-VALUE}.")
  private long maxBytes;

  @Mixin
  private BlobsOutput answer = new BlobsOutput();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      Optional<Architecture> wanted = Optional.ofNullable(architecture).map(Architectures::parse);
      try (BlobArchive archive = archive()) {
        EnclaveBlobs blobs = archive.install(expected(archive), wanted, output);
        answer.print(BlobIdentity.of(blobs), Optional.of(archive.digest()), spec);
        return Treza.YES;
      }
    });
  }

  private BlobArchive archive() throws IOException {
    if (!ADDRESS.matcher(source).matches()) {
      return BlobArchive.of(Path.of(source));
    }
    ChangingLine line = ChangingLine.on(spec.commandLine().getErr());
    try {
      return BlobArchive.of(Download.of(address())
          .insecureHttp(insecure)
          .maxBytes(maxBytes)
          .progress((done, total) -> show(line, done, total)));
    } finally {
      line.end();
    }
  }

  private static void show(ChangingLine line, long done, OptionalLong total) {
    String size = total.isPresent() ? " of " + Pulling.size(total.getAsLong()) : "";
    if (line.changes()) {
      line.show("downloading " + Pulling.size(done) + size);
    } else if (done == 0) {
      line.show("downloading" + size.replace(" of", ""));
    }
  }

  private URI address() {
    try {
      return new URI(source);
    } catch (URISyntaxException e) {
      // Not quoted: it may hold a password.
      throw new Unusable(
          "SOURCE is no address: " + e.getReason() + ", character " + (e.getIndex() + 1), e);
    }
  }

  private String expected(BlobArchive archive) {
    if (digest != null) {
      return digest;
    }
    if (trustFirst) {
      return archive.digest();
    }
    throw new Unusable(source + " has the digest " + archive.digest() + "; nothing was unpacked."
        + " Compare it with a source that you trust, then pass --digest " + archive.digest());
  }
}
