package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a build of one target does: its stages, those of them that it needs, and what each comes to.
 *
 * @param globals the values of the ARGs before the first FROM, and of the platform's
 * @param stages all of the file
 * @param target index of the stage that is built
 * @param reached the stages that it needs, itself among them
 * @param results of the stages reached, by their index
 */
record Build(
    Dockerfile dockerfile,
    Environment globals,
    List<Stage> stages,
    int target,
    BitSet reached,
    Map<Integer, StageResult> results) {

  /** How an image comes into a build. */
  enum Use {
    /** The image that the final stage starts from, if through other stages. */
    FINAL_BASE,
    /** Files of it are copied into the final stage, or one that it starts from. */
    FINAL_COPY,
    /** Another stage starts from it, or takes files from it, or mounts it. */
    BUILD
  }

  /**
   * An image from outside that the build needs.
   *
   * @param how the instruction in words, such as {@code FROM} or {@code COPY --from}
   */
  record ImageUse(Origin.Image image, Use use, String how, int line) {}

  Build {
    stages = List.copyOf(stages);
    results = Map.copyOf(results);
  }

  Stage targetStage() {
    return stages.get(target);
  }

  StageResult result() {
    return result(target);
  }

  StageResult result(int stage) {
    StageResult result = results.get(stage);
    if (result == null) {
      throw new IllegalArgumentException("the build does not need stage " + stage);
    }
    return result;
  }

  /** A stage and those it starts from, the first of them first. */
  List<Stage> ancestry(int stage) {
    List<Stage> line = new ArrayList<>();
    Optional<Stage> at = Optional.of(stages.get(stage));
    while (at.isPresent()) {
      line.add(at.get());
      at = at.get().origin() instanceof Origin.OfStage of
          ? Optional.of(stages.get(of.index()))
          : Optional.empty();
    }
    Collections.reverse(line);
    return line;
  }

  /** The final stage and those it starts from, the first of them first. */
  List<Stage> ancestry() {
    return ancestry(target);
  }

  /** What the final stage starts from in the end. */
  Origin base() {
    return ancestry().get(0).origin();
  }

  /** The steps whose effects are in the image, in order. */
  List<Step> finalSteps() {
    return ancestry().stream().flatMap(s -> result(s.index()).steps().stream()).toList();
  }

  /** The steps of all stages that the build needs, in the order of the file. */
  List<Step> reachedSteps() {
    return reached.stream().boxed().flatMap(i -> result(i).steps().stream()).toList();
  }

  /** The images from outside that the build needs. */
  List<ImageUse> images() {
    BitSet inFinal = new BitSet();
    ancestry().forEach(s -> inFinal.set(s.index()));
    List<ImageUse> uses = new ArrayList<>();
    reached.stream().mapToObj(stages::get).forEach(stage -> {
      boolean end = inFinal.get(stage.index());
      if (stage.origin() instanceof Origin.Image image) {
        uses.add(new ImageUse(
            image, end ? Use.FINAL_BASE : Use.BUILD, "FROM", stage.from().line()));
      }
      for (Step step : result(stage.index()).steps()) {
        for (Origin origin : step.origins()) {
          if (origin instanceof Origin.Image image) {
            boolean copy = step.is("copy");
            uses.add(new ImageUse(
                image,
                copy && end ? Use.FINAL_COPY : Use.BUILD,
                copy ? "COPY --from" : "RUN --mount=from",
                step.line()));
          }
        }
      }
    });
    return uses;
  }
}
