package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.image.FileTree;
import io.treza.audit.internal.image.Interest;
import io.treza.eif.Architecture;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDescription;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Judges whether an image will boot and behave inside an enclave: E01 to E18.
 *
 * <p>A finding fails only if for this target the enclave would not boot, or its command would not
 * start.
 */
public final class Readiness {
  private static final int MOST_OF_A_TABLE = 1 << 20;
  private static final int MOST_OF_A_SCRIPT = 8 << 10;

  private final List<Finding> findings;

  private Readiness(List<Finding> findings) {
    this.findings = findings;
  }

  /** What the survey of an image has to keep beside the start of programs. */
  public static Interest interest() {
    return (path, member) -> switch (path) {
      case "etc/passwd", "etc/group", "etc/ld.so.cache" -> MOST_OF_A_TABLE;
      default -> {
        if (path.startsWith("etc/ld-musl-") && path.endsWith(".path")) {
          yield MOST_OF_A_SCRIPT;
        }
        boolean script = path.endsWith(".sh") || path.endsWith("entrypoint");
        yield script && member.size() <= MOST_OF_A_SCRIPT ? (int) member.size() : 0;
      }
    };
  }

  /** Judges an image. */
  public static Readiness of(ImageDescription image, FileTree root, EnclaveTarget target) {
    ImageConfig config = image.config();
    EnclaveFiles files = new EnclaveFiles(root, target.init());
    DockerCommand docker = new DockerCommand(config, files);
    Judge judge = new Judge(docker, target);
    List<String> command = target.commandRule().command(config);
    List<Finding> findings = new ArrayList<>();
    findings.add(new CommandRules(docker, target).check(judge::fate));
    findings.addAll(judge.start(command));
    findings.addAll(new WorkingDirectory(docker, target).check(command));
    findings.addAll(new ConfigurationChecks(config, image.details(), target).check(command, files));
    findings.addAll(new NetworkUse(config, image.details(), target.init()).check(command));
    findings.addAll(new MemoryCheck(target).check(config, command, files));
    findings.addAll(new FileChecks(files, target).check());
    findings.addAll(new RecipeChecks(target.recipe()).check());
    findings.sort(Comparator.comparing(Finding::check));
    return new Readiness(List.copyOf(findings));
  }

  /** What init does about the checks that are otherwise the container runtime's. */
  public static List<Finding> hardening(EnclaveTarget target) {
    if (!target.hardened()) {
      return List.of();
    }
    String capabilities = "in the enclave init starts the command without capabilities, and with no"
        + " way to get one";
    return List.of(
        Finding.of(
            "H05",
            Result.PASS,
            "in the enclave init has everything read-only but /tmp, /run, /dev/shm and volumes"),
        Finding.of("H06", Result.PASS, capabilities),
        Finding.of("P07", Result.PASS, capabilities));
  }

  /** At least one finding of every check, in their order. */
  public List<Finding> findings() {
    return findings;
  }

  /** The findings for which the enclave would not boot, or its command would not start. */
  public List<Finding> bootBlockers() {
    return findings.stream().filter(f -> f.result() == Result.FAIL).toList();
  }

  /** Tells what becomes of a command. */
  private record Judge(DockerCommand docker, EnclaveTarget target) {
    List<Finding> start(List<String> command) {
      if (command.isEmpty()) {
        List<Finding> none = new ArrayList<>();
        for (String id : List.of("E02", "E03", "E04", "E05")) {
          none.add(Finding.of(id, Result.NOT_APPLICABLE, "there is no command"));
        }
        return none;
      }
      ImageConfig config = docker.config();
      EnclaveFiles files = docker.files();
      ProcessStart start = ProcessStart.of(target.init(), config, files);
      Optional<Architecture> processor =
          target.architecture().or(() -> Architecture.ofImageName(config.architecture()));
      ProgramCheck programs = new ProgramCheck(processor, new Libraries(files, start));
      return new CommandWalk(docker, start, programs).walk(command);
    }

    /** Why a command would not run, if so. */
    Optional<String> fate(List<String> command) {
      List<Finding> all = new ArrayList<>(start(command));
      all.addAll(new WorkingDirectory(docker, target).check(command));
      return all.stream()
          .filter(f -> f.result() == Result.FAIL)
          .map(Finding::message)
          .findFirst();
    }
  }
}
