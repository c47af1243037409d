package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.internal.dockerfile.StageResult.Command;
import io.treza.audit.internal.dockerfile.StageResult.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Audits a Dockerfile: what its build would make, and what can be said of that beforehand. */
public final class DockerfileAudit {
  private final Facts facts;
  private final List<Finding> findings;

  private DockerfileAudit(Facts facts, List<Finding> findings) {
    this.facts = facts;
    this.findings = findings;
  }

  /**
   * An image from outside that the build needs.
   *
   * @param reference with variables expanded
   * @param how it comes in, such as {@code COPY --from}
   * @param inFinalImage whether anything of it is in the image that is built
   * @param line counted from 1
   */
  public record ExternalImage(String reference, String how, boolean inFinalImage, int line) {}

  /**
   * What the file says of the image it makes. What is empty the file does not say, so that the base
   * image decides.
   *
   * @param base what the final stage starts from in the end; {@code scratch} for nothing
   * @param user of the last USER that counts
   * @param workdir absolute
   * @param entrypoint in exec form, with the shell where it was written for one
   * @param cmd likewise; an empty list if ENTRYPOINT has taken an inherited one away
   * @param images from outside that the build needs, those in the final image among them
   */
  public record Facts(
      String base,
      Optional<String> user,
      Optional<String> workdir,
      Optional<List<String>> entrypoint,
      Optional<List<String>> cmd,
      List<ExternalImage> images) {
    public Facts {
      images = List.copyOf(images);
    }
  }

  /**
   * Reads and judges a Dockerfile.
   *
   * @throws AuditException if the file cannot be read, is larger than any honest one, or would be
   *     refused by BuildKit; the message names file and line
   */
  public static DockerfileAudit of(BuildInput input) throws AuditException {
    String name = input.dockerfile().toString();
    Dockerfile file = DockerfileParser.parse(name, read(input.dockerfile()));
    Build build = BuildPlanner.plan(file, input);
    Findings findings = new Findings(name);
    BaseChecks.check(build, findings);
    SecretChecks.check(build, findings);
    ReferenceChecks.check(build, findings);
    ContextChecks.check(build, input, findings);
    CommandChecks.check(build, findings);
    return new DockerfileAudit(facts(build), findings.list());
  }

  /** Reads a small text file, and not more of it than an honest one has. */
  static byte[] read(Path file) throws AuditException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(Limits.FILE + 1);
      if (bytes.length > Limits.FILE) {
        throw new AuditException(file + ": has more than " + Limits.FILE
            + " bytes, which no honest one has; name another file");
      }
      return bytes;
    } catch (AuditException e) {
      throw e;
    } catch (IOException e) {
      throw new AuditException(file + ": cannot be read: " + e + "; name a file that can", e);
    }
  }

  private static Facts facts(Build build) {
    StageResult result = build.result();
    List<ExternalImage> images = build.images().stream()
        .map(u ->
            new ExternalImage(u.image().reference(), u.how(), u.use() != Build.Use.BUILD, u.line()))
        .toList();
    return new Facts(
        BaseChecks.describe(build.base()),
        result.user().map(Setting::value),
        result.workdir().map(Setting::value),
        result.entrypoint().map(Command::argv),
        result.cmd().map(Command::argv),
        images);
  }

  /** What the file says of the image it makes. */
  public Facts facts() {
    return facts;
  }

  /** What was found, a pass with its evidence among it; H01 to H04, H08 to H10, E01, E02, E07. */
  public List<Finding> findings() {
    return findings;
  }
}
