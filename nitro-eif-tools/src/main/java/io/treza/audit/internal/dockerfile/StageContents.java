package io.treza.audit.internal.dockerfile;

import io.treza.image.RegistryReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which build tools each stage's file system has in the end, as far as the file tells. */
final class StageContents {
  /**
   * What a stage has.
   *
   * @param effects tools that the file's own steps brought
   * @param unknown what is copied whole from images that nothing is known of
   */
  record Contents(RunEffects effects, List<String> unknown) {}

  /** A tree that a command copies into a directory. */
  private record Gathered(String tree, String into, int line) {}

  /** A name of 255 characters, a tag of 128 and a digest of 136, with their separators. */
  private static final int LONGEST_REFERENCE = 521;

  private final Build build;
  private final Map<Integer, List<Gathered>> gathered = new HashMap<>();
  private final Map<Integer, Contents> known = new HashMap<>();
  private final BitSet open = new BitSet();

  StageContents(Build build) {
    this.build = build;
  }

  /** The contents of the final stage. */
  Contents ofTarget() {
    // What a stage needs comes before it, so that nothing recurses, whatever the depth.
    Deque<Integer> todo = new ArrayDeque<>(List.of(build.target()));
    BitSet seen = new BitSet();
    while (!todo.isEmpty()) {
      int index = todo.element();
      if (seen.get(index)) {
        of(todo.pop());
      } else {
        seen.set(index);
        needs(index).filter(i -> !seen.get(i)).forEach(todo::push);
      }
    }
    return of(build.target());
  }

  private Stream<Integer> needs(int index) {
    return Stream.concat(
            Stream.of(build.stages().get(index).origin()),
            build.result(index).steps().stream().flatMap(s -> s.origins().stream()))
        .filter(Origin.OfStage.class::isInstance)
        .map(o -> ((Origin.OfStage) o).index());
  }

  private Contents of(int index) {
    Contents done = known.get(index);
    if (done != null || open.get(index)) {
      return done == null ? new Contents(new RunEffects(), List.of()) : done;
    }
    open.set(index);
    RunEffects effects = new RunEffects();
    List<String> unknown = new ArrayList<>();
    Stage stage = build.stages().get(index);
    if (stage.origin() instanceof Origin.OfStage parent) {
      Contents from = of(parent.index());
      effects.add(from.effects);
      unknown.addAll(from.unknown);
    } else if (stage.origin() instanceof Origin.Image image) {
      reference(image)
          .flatMap(r -> KnownImages.find(r).buildTools())
          .ifPresent(tools -> effects.add(new RunEffects.Tool(
              tools, "in the base image " + image.reference(), stage.from().line())));
    }
    for (Step step : build.result(index).steps()) {
      if (step.is("run")) {
        effects.run(step);
      } else if (step.is("copy") && !step.origins().isEmpty()) {
        copy(step, step.origins().get(0), effects, unknown);
      }
    }
    Contents contents = new Contents(effects, List.copyOf(unknown));
    known.put(index, contents);
    return contents;
  }

  private void copy(Step step, Origin origin, RunEffects effects, List<String> unknown) {
    List<String> sources = step.args().subList(0, Math.max(0, step.args().size() - 1));
    String from = step.instruction().flag("from").orElse("");
    for (String source : sources) {
      String path = StageRunner.join("/", source.replaceFirst("/[*.]*$", "/"));
      if (BuildTools.isToolPath(path)) {
        effects.add(new RunEffects.Tool(path, "copied from " + from, step.line()));
      } else if (BuildTools.isWhole(path)) {
        copyWhole(step, origin, path, effects, unknown);
      } else if (origin instanceof Origin.OfStage of) {
        stagedTree(of.index(), path)
            .ifPresent(how -> effects.add(
                new RunEffects.Tool(how, "copied with " + path + " from " + from, step.line())));
      }
    }
  }

  private void copyWhole(
      Step step, Origin origin, String path, RunEffects effects, List<String> unknown) {
    String how = "copied with the whole of " + path + " from "
        + step.instruction().flag("from").orElse("");
    Optional<KnownImage> source = origin instanceof Origin.OfStage of
        ? known(build.ancestry(of.index()).get(0).origin())
        : known(origin);
    if (path.equals("/usr/local/bin")) {
      // Installed by hand or by a language's package manager, which the base may have anyway.
      Optional<String> own = known(build.ancestry(step.stage().index()).get(0).origin())
          .flatMap(KnownImage::packageManager);
      source
          .flatMap(KnownImage::packageManager)
          .filter(m -> !own.equals(Optional.of(m)))
          .ifPresent(m -> effects.add(new RunEffects.Tool(m, how, step.line())));
      return;
    }
    if (origin instanceof Origin.OfStage of) {
      Contents contents = of(of.index());
      contents.effects.tools().stream()
          .findFirst()
          .ifPresent(t -> effects.add(new RunEffects.Tool(t.name(), how, step.line())));
      unknown.addAll(contents.unknown);
    } else if (origin instanceof Origin.Image image
        && source.map(KnownImage::base).orElse(KnownImage.Base.UNKNOWN)
            == KnownImage.Base.UNKNOWN) {
      unknown.add("the whole of " + path + " from " + image.reference() + ", line " + step.line());
    }
    source
        .flatMap(s -> s.buildTools().or(s::packageManager))
        .ifPresent(tools -> effects.add(new RunEffects.Tool(tools, how, step.line())));
  }

  private static Optional<KnownImage> known(Origin origin) {
    return origin instanceof Origin.Image image
        ? reference(image).map(KnownImages::find)
        : Optional.empty();
  }

  /** Whether a stage gathers a large part of its system in a directory to be copied from there. */
  private Optional<String> stagedTree(int stage, String directory) {
    return build.ancestry(stage).stream()
        .flatMap(s -> gathered.computeIfAbsent(s.index(), this::gathered).stream())
        .filter(g -> g.into.equals(directory) || g.into.startsWith(directory + "/"))
        .map(g -> "the whole of " + g.tree + " (line " + g.line + ")")
        .findFirst();
  }

  private List<Gathered> gathered(int stage) {
    List<Gathered> found = new ArrayList<>();
    for (Step step : build.result(stage).steps()) {
      step.commands().forEach(c -> gathered(c, step.line(), found));
    }
    return found;
  }

  private static void gathered(ShellScript.Command command, int line, List<Gathered> found) {
    List<String> args = command.args();
    boolean recursive = command.program().equals("cp")
        && args.stream().anyMatch(a -> a.matches("-[a-zA-Z]*[rRa][a-zA-Z]*|--recursive|--archive"));
    if (!recursive && !command.program().equals("rsync")) {
      return;
    }
    List<String> paths = args.stream().filter(a -> !a.startsWith("-")).toList();
    paths.stream()
        .limit(Math.max(0, paths.size() - 1))
        .filter(p -> p.startsWith("/") && BuildTools.isWhole(StageRunner.join("/", p)))
        .findFirst()
        .ifPresent(tree -> found.add(
            new Gathered(tree, StageRunner.join("/", paths.get(paths.size() - 1)), line)));
  }

  static Optional<RegistryReference> reference(Origin.Image image) {
    if (image.reference().length() > LONGEST_REFERENCE) {
      return Optional.empty();
    }
    try {
      return Optional.of(RegistryReference.parse(image.reference()));
    } catch (IllegalArgumentException noName) {
      return Optional.empty();
    }
  }
}
