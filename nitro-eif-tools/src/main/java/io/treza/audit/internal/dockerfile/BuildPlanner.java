package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Works out the stages of a Dockerfile and which of them a build needs, by BuildKit's rules
 * (moby/buildkit, frontend/dockerfile/dockerfile2llb).
 */
final class BuildPlanner {
  private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*");
  private static final Set<String> KEYWORDS = Set.of(
      "add",
      "arg",
      "cmd",
      "copy",
      "entrypoint",
      "env",
      "expose",
      "from",
      "healthcheck",
      "label",
      "maintainer",
      "onbuild",
      "run",
      "shell",
      "stopsignal",
      "user",
      "volume",
      "workdir");

  private final Dockerfile file;
  private final BuildInput input;
  private final Budget budget = new Budget();
  private final Environment globals = new Environment(Optional.empty());
  private final List<Stage> stages = new ArrayList<>();
  private final Map<String, Integer> byName = new HashMap<>();

  private BuildPlanner(Dockerfile file, BuildInput input) {
    this.file = file;
    this.input = input;
  }

  /**
   * Plans the build.
   *
   * @throws AuditException naming the line of what BuildKit would refuse, or a target that is not
   *     there
   */
  static Build plan(Dockerfile file, BuildInput input) throws AuditException {
    return new BuildPlanner(file, input).plan();
  }

  private Build plan() throws AuditException {
    platform();
    Map<Integer, List<Instruction>> own = readStages();
    int target = target();
    Map<Integer, List<Instruction>> triggers = new HashMap<>();
    long steps = 0;
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      List<Instruction> instructions = new ArrayList<>();
      if (stage.origin() instanceof Origin.OfStage parent) {
        instructions.addAll(triggers.getOrDefault(parent.index(), List.of()));
      }
      List<Instruction> written = own.getOrDefault(i, List.of());
      instructions.addAll(written);
      triggers.put(i, written.stream().flatMap(w -> w.trigger().stream()).toList());
      steps += instructions.size();
      if (steps > Limits.STEPS) {
        throw new AuditException(file.name() + ": ONBUILD makes more than " + Limits.STEPS
            + " instructions of it, which no honest file has; write them out");
      }
      stages.set(i, new Stage(i, stage.name(), stage.from(), stage.origin(), instructions));
    }
    BitSet reached = reach(target);
    Map<Integer, StageResult> results = new HashMap<>();
    for (int i : reached.stream().toArray()) {
      Optional<StageResult> parent = stages.get(i).origin() instanceof Origin.OfStage of
          ? Optional.ofNullable(results.get(of.index()))
          : Optional.empty();
      results.put(
          i,
          new StageRunner(file, input, globals, budget, this::origins).run(stages.get(i), parent));
    }
    return new Build(file, globals, stages, target, reached, results);
  }

  /** What BuildKit sets by itself, for a build on and for linux/amd64 unless it is told. */
  private void platform() {
    for (String side : List.of("BUILD", "TARGET")) {
      Map.of("PLATFORM", "linux/amd64", "OS", "linux", "ARCH", "amd64", "VARIANT", "")
          .forEach((key, value) ->
              globals.put(side + key, input.buildArgs().getOrDefault(side + key, value)));
    }
    globals.put("TARGETSTAGE", input.target().orElse("default"));
  }

  private Map<Integer, List<Instruction>> readStages() throws AuditException {
    Map<Integer, List<Instruction>> own = new HashMap<>();
    for (Instruction instruction : file.instructions()) {
      try {
        check(instruction);
        if (instruction.is("from")) {
          addStage(instruction);
        } else if (!stages.isEmpty()) {
          own.computeIfAbsent(stages.size() - 1, k -> new ArrayList<>()).add(instruction);
        } else if (instruction.is("arg")) {
          globalArg(instruction);
        } else {
          throw new SyntaxException(instruction.keyword().toUpperCase(Locale.ROOT)
              + " stands before the first FROM;" + " only ARG may");
        }
      } catch (SyntaxException e) {
        throw at(instruction, e);
      }
    }
    if (stages.isEmpty()) {
      throw new AuditException(file.name() + ": has no FROM; start a stage with FROM image");
    }
    return own;
  }

  private AuditException at(Instruction instruction, SyntaxException e) {
    return new AuditException(file.name() + ":" + instruction.line() + ": " + e.getMessage());
  }

  private static void check(Instruction instruction) throws SyntaxException {
    String keyword = instruction.keyword();
    String upper = keyword.toUpperCase(Locale.ROOT);
    int count = instruction.args().size();
    if (!KEYWORDS.contains(keyword)) {
      throw new SyntaxException(
          LineParser.quoted(upper) + " is no instruction; correct it, or continue the line before"
              + " with the escape character");
    }
    if (instruction.is("onbuild")) {
      Instruction trigger = instruction
          .trigger()
          .orElseThrow(() -> new SyntaxException("ONBUILD has no instruction to put off; add one"));
      if (trigger.is("from") || trigger.is("maintainer")) {
        throw new SyntaxException("ONBUILD cannot put off " + trigger.keyword() + "; take it out");
      }
      check(trigger);
      return;
    }
    int least = switch (keyword) {
      case "add", "copy" -> 2;
      case "run", "cmd", "entrypoint" -> 0;
      default -> 1;
    };
    if (count < least) {
      throw new SyntaxException(
          upper + " has " + count + " of at least " + least + " arguments; write what is missing");
    }
    if (keyword.equals("shell") && !instruction.json()) {
      throw new SyntaxException(
          "SHELL takes the JSON form only; write SHELL [\"/bin/sh\", \"-c\"]");
    }
  }

  private void globalArg(Instruction instruction) throws SyntaxException {
    for (String arg : instruction.args()) {
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg : arg.substring(0, equals);
      String given = input.buildArgs().get(name);
      if (given != null) {
        globals.put(name, given);
      } else if (equals >= 0) {
        globals.put(name, expand(arg.substring(equals + 1)).text());
      }
    }
  }

  private Expansion.Result expand(String text) throws SyntaxException {
    return Expansion.of(file.escape()).with(globals, budget).word(text);
  }

  private void addStage(Instruction from) throws SyntaxException {
    if (stages.size() == Limits.STAGES) {
      throw new SyntaxException(
          "the file has more than " + Limits.STAGES + " stages, which no honest one has; split it");
    }
    List<String> args = from.args();
    Optional<String> name = Optional.empty();
    if (args.size() == 3 && args.get(1).equalsIgnoreCase("as")) {
      name = Optional.of(args.get(2).toLowerCase(Locale.ROOT));
      if (!STAGE_NAME.matcher(name.get()).matches()) {
        throw new SyntaxException(LineParser.quoted(args.get(2)) + " is no name of a stage; it"
            + " starts with a letter, and has letters, digits, - _ and . only");
      }
    } else if (args.size() != 1) {
      throw new SyntaxException(
          "FROM takes an image, and AS with a name; write FROM image AS name");
    }
    Origin origin = base(args.get(0));
    stages.add(new Stage(stages.size(), name, from, origin, List.of()));
    name.ifPresent(n -> byName.put(n, stages.size() - 1));
  }

  private Origin base(String written) throws SyntaxException {
    Expansion.Result base = expand(written);
    // BuildKit takes capitals here for an image's name, and refuses them (moby/buildkit#2003);
    // Docker's classic builder, which nitro-cli uses, finds the stage.
    Integer stage = byName.get(base.text().toLowerCase(Locale.ROOT));
    if (stage != null) {
      return new Origin.OfStage(stage);
    } else if (base.text().equals("scratch")) {
      return new Origin.Scratch();
    } else if (input.namedContexts().contains(base.text())) {
      return new Origin.NamedContext(base.text());
    }
    if (base.text().isEmpty() && base.unset().isEmpty()) {
      throw new SyntaxException("FROM " + LineParser.quoted(written) + " names no image");
    }
    return new Origin.Image(base.text(), base.unset());
  }

  private int target() throws AuditException {
    if (input.target().isEmpty()) {
      return stages.size() - 1;
    }
    String wanted = input.target().get();
    Optional<Integer> named = Optional.ofNullable(byName.get(wanted.toLowerCase(Locale.ROOT)));
    return named
        .or(() -> index(wanted))
        .orElseThrow(() -> new AuditException(file.name() + ": has no stage "
            + LineParser.quoted(wanted) + "; its stages are " + names()));
  }

  private String names() {
    return String.join(", ", stages.stream().limit(20).map(Stage::title).toList());
  }

  private Optional<Integer> index(String text) {
    return text.matches("[0-9]{1,4}") && Integer.parseInt(text) < stages.size()
        ? Optional.of(Integer.parseInt(text))
        : Optional.empty();
  }

  /** Where an instruction takes files from, other than the build context. */
  private List<Origin> origins(Instruction instruction) throws SyntaxException {
    List<Origin> origins = new ArrayList<>();
    if (instruction.is("copy")) {
      Optional<String> from = instruction.flag("from");
      if (from.isPresent()) {
        origins.add(origin(from.get(), true));
      }
    } else if (instruction.is("run")) {
      for (String mount : instruction.flags("mount")) {
        Optional<String> from = Mount.parse(mount).get("from");
        if (from.isPresent()) {
          origins.add(origin(from.get(), false));
        }
      }
    }
    return origins;
  }

  private Origin origin(String from, boolean byIndex) throws SyntaxException {
    if (byIndex && from.matches("[0-9]+")) {
      return new Origin.OfStage(index(from)
          .orElseThrow(() -> new SyntaxException(
              "--from=" + from + ", but the stages are 0 to " + (stages.size() - 1))));
    }
    Integer stage = byName.get(from.toLowerCase(Locale.ROOT));
    if (stage != null) {
      return new Origin.OfStage(stage);
    }
    if (input.namedContexts().contains(from)) {
      return new Origin.NamedContext(from);
    }
    if (from.equals("scratch")) {
      return new Origin.Scratch();
    }
    // A name alone is an image only if it is one of Docker's own; else docker.io/library would not
    // have it, and the build must be given a context of that name.
    boolean plain = from.matches("[a-z0-9._-]+");
    return plain && !KnownImages.isOfficial(from)
        ? new Origin.NamedContext(from)
        : new Origin.Image(from, Set.of());
  }

  /** The stages that the target needs. */
  private BitSet reach(int target) throws AuditException {
    BitSet reached = new BitSet();
    // 0 unseen, 1 being looked at, 2 done
    int[] state = new int[stages.size()];
    Deque<Integer> open = new ArrayDeque<>();
    open.push(target);
    while (!open.isEmpty()) {
      int at = open.peek();
      if (state[at] != 0) {
        state[at] = 2;
        open.pop();
        continue;
      }
      state[at] = 1;
      reached.set(at);
      for (int needed : needs(stages.get(at))) {
        if (state[needed] == 1) {
          throw new AuditException(file.name() + ":" + stages.get(at).from().line() + ": "
              + stages.get(at).title() + " and " + stages.get(needed).title()
              + " need each other; take one of the two COPY --from out");
        }
        if (state[needed] == 0) {
          open.push(needed);
        }
      }
    }
    return reached;
  }

  private int[] needs(Stage stage) throws AuditException {
    BitSet needed = new BitSet();
    if (stage.origin() instanceof Origin.OfStage of) {
      needed.set(of.index());
    }
    for (Instruction instruction : stage.instructions()) {
      try {
        for (Origin origin : origins(instruction)) {
          if (origin instanceof Origin.OfStage of) {
            needed.set(of.index());
          }
        }
      } catch (SyntaxException e) {
        throw at(instruction, e);
      }
    }
    return needed.stream().toArray();
  }
}
