package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Follows, RUN by RUN, which build tools a file system comes to have and loses again. */
final class RunEffects {
  /** A build tool and how it came in. */
  record Tool(String name, String how, int line) {}

  /** Most packages that are remembered; no honest image has as many for building. */
  private static final int MOST = 2_000;

  private record PackageCommand(boolean removes, List<String> names, Optional<String> group) {}

  // By the package's or tool's name, in the order they came in.
  private final Map<String, Tool> installed = new LinkedHashMap<>();
  private final Map<String, Tool> used = new LinkedHashMap<>();
  private final Map<String, Set<String>> groups = new HashMap<>();
  private final Set<String> everInstalled = new HashSet<>();
  private final Set<String> removed = new HashSet<>();
  private final List<Tool> fetchers = new ArrayList<>();

  RunEffects() {}

  /** Takes over what a stage that is started from, or copied whole, has. */
  void add(RunEffects other) {
    installed.putAll(other.installed);
    used.putAll(other.used);
    groups.putAll(other.groups);
    everInstalled.addAll(other.everInstalled);
    removed.addAll(other.removed);
    fetchers.addAll(other.fetchers);
  }

  /** Puts a tool in that no command brought. */
  void add(Tool tool) {
    installed.put(tool.name(), tool);
  }

  /** What there is in the end. */
  List<Tool> tools() {
    Map<String, Tool> all = new LinkedHashMap<>(installed);
    used.forEach(all::putIfAbsent);
    return List.copyOf(all.values());
  }

  /** Programs that fetch sources, which are no build tools. */
  List<Tool> fetchers() {
    return List.copyOf(fetchers);
  }

  /** Whether a program that the base had was removed by name. */
  boolean lost(String program) {
    return removed.contains(program);
  }

  /** Applies the commands of one RUN. */
  void run(Step step) {
    List<ShellScript.Command> commands = step.commands();
    Set<String> mounted = mountedPrograms(step);
    Map<String, Tool> usedHere = new LinkedHashMap<>();
    boolean removedPackages = false;
    boolean removesUnneeded = false;
    Set<String> before = Set.copyOf(installed.keySet());
    for (ShellScript.Command command : commands) {
      Optional<PackageCommand> packages = packageCommand(command);
      if (packages.isPresent()) {
        PackageCommand change = packages.get();
        if (change.removes) {
          removedPackages = true;
          change.names.forEach(this::remove);
          removesUnneeded |=
              command.words().contains("autoremove") || command.words().contains("--auto-remove");
        } else {
          install(step, command, change);
        }
      } else if (command.program().equals("rm")) {
        command.args().forEach(this::removeFile);
      } else if (removesItself(command)) {
        removeFile(command.args().get(command.args().size() - 1));
      } else if (BuildTools.builds(command) && !mounted.contains(command.program())) {
        usedHere.putIfAbsent(
            command.program(),
            new Tool(command.program(), "as RUN " + command.program() + " shows", step.line()));
      }
      for (String word : command.words()) {
        BuildTools.downloaded(word)
            .ifPresent(tool -> installed.put(
                tool, new Tool(tool, "downloaded by RUN " + command.program(), step.line())));
      }
    }
    if (removesUnneeded
        && commands.stream().anyMatch(c -> c.words().containsAll(List.of("apt-mark", "auto")))) {
      // The idiom of Docker's official images: all that this RUN installed and nobody needs goes.
      installed.keySet().retainAll(before);
    }
    boolean cleaned = removedPackages;
    usedHere.values().stream()
        .filter(tool -> !gone(tool.name(), cleaned))
        .forEach(tool -> used.putIfAbsent(tool.name(), tool));
  }

  /** Whether a tool that ran is there no longer, by what was removed. */
  private boolean gone(String program, boolean cleaned) {
    boolean brought = everInstalled.stream().anyMatch(p -> BuildTools.brings(p, program));
    if (brought) {
      // Then the package tells, if it is still there.
      return installed.keySet().stream().noneMatch(p -> BuildTools.brings(p, program));
    }
    return cleaned && !BuildTools.isManager(program);
  }

  private void install(Step step, ShellScript.Command command, PackageCommand change) {
    for (String name : change.names) {
      if (everInstalled.size() + fetchers.size() > MOST) {
        return;
      }
      everInstalled.add(name);
      change.group.ifPresent(
          g -> groups.computeIfAbsent(g, k -> new HashSet<>()).add(name));
      Tool tool = new Tool(name, "installed by RUN " + command.program(), step.line());
      if (BuildTools.isBuildPackage(name)) {
        installed.put(name, tool);
      } else if (name.matches("git|subversion|mercurial")) {
        fetchers.add(tool);
      }
    }
  }

  private void remove(String name) {
    installed.remove(name);
    fetchers.removeIf(t -> t.name().equals(name));
    Set<String> group = groups.remove(name);
    if (group != null) {
      group.forEach(this::remove);
    } else if (name.contains("*")) {
      String prefix = name.substring(0, name.indexOf('*'));
      installed.keySet().removeIf(n -> n.startsWith(prefix));
    }
    // A tool goes with its package.
    used.keySet()
        .removeIf(tool -> BuildTools.brings(name, tool)
            && installed.keySet().stream().noneMatch(p -> BuildTools.brings(p, tool)));
  }

  private void removeFile(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (BuildTools.isTool(name) || BuildTools.isToolPath(path)) {
      installed.remove(name);
      used.remove(name);
      removed.add(name);
    }
  }

  /** {@code npm uninstall -g npm}, {@code pip uninstall -y pip} and the like. */
  private static boolean removesItself(ShellScript.Command command) {
    List<String> args = command.args();
    return command.program().matches("npm|pip[0-9.]*")
        && args.size() > 1
        && args.get(0).matches("uninstall|remove|rm")
        && BuildTools.isTool(args.get(args.size() - 1));
  }

  private static Set<String> mountedPrograms(Step step) {
    Set<String> programs = new HashSet<>();
    for (String mount : step.instruction().flags("mount")) {
      Mount m = Mount.parse(mount);
      if (m.is("bind")) {
        m.get("target").ifPresent(t -> programs.add(t.substring(t.lastIndexOf('/') + 1)));
      }
    }
    return programs;
  }

  private static Optional<PackageCommand> packageCommand(ShellScript.Command command) {
    List<String> args = command.args();
    return switch (command.program()) {
      case "apk" ->
        packages(args, Set.of("add"), Set.of("del"), Set.of("-X", "--repository", "-p"));
      case "apt-get", "apt", "aptitude" ->
        packages(
            args,
            Set.of("install", "build-dep"),
            Set.of("remove", "purge", "autoremove", "autopurge"),
            Set.of("-o", "-t", "--target-release", "-c"));
      case "yum", "dnf", "microdnf", "tdnf" ->
        packages(
            args,
            Set.of("install", "localinstall", "groupinstall", "reinstall"),
            Set.of("remove", "erase", "autoremove", "groupremove"),
            Set.of());
      case "zypper" -> packages(args, Set.of("install", "in"), Set.of("remove", "rm"), Set.of());
      case "pacman" ->
        packages(args, Set.of("-S", "-Sy", "-Syu"), Set.of("-R", "-Rs", "-Rns"), Set.of());
      case "rpm" -> packages(args, Set.of("-i", "-ivh", "-Uvh"), Set.of("-e", "--erase"), Set.of());
      case "dpkg" -> packages(args, Set.of("-i"), Set.of("-r", "-P", "--purge"), Set.of());
      default -> Optional.empty();
    };
  }

  private static Optional<PackageCommand> packages(
      List<String> args, Set<String> installs, Set<String> removes, Set<String> takingArgument) {
    int verb = 0;
    while (verb < args.size()
        && !installs.contains(args.get(verb))
        && !removes.contains(args.get(verb))) {
      verb++;
    }
    if (verb == args.size()) {
      return Optional.empty();
    }
    boolean removing = removes.contains(args.get(verb));
    List<String> names = new ArrayList<>();
    Optional<String> group = Optional.empty();
    for (int i = verb + 1; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.equals("--virtual") || (arg.equals("-t") && installs.contains("add"))) {
        group = i + 1 < args.size() ? Optional.of(args.get(++i)) : group;
      } else if (arg.startsWith("--virtual=")) {
        group = Optional.of(arg.substring("--virtual=".length()));
      } else if (takingArgument.contains(arg)) {
        i++;
      } else if (!arg.startsWith("-") && !arg.isBlank()) {
        // Quoted lists stand as one word, and so do names of groups.
        boolean one = BuildTools.isBuildPackage(arg.strip());
        for (String name : one ? new String[] {arg} : arg.strip().split("\\s+")) {
          names.add(plain(name));
        }
      }
    }
    return Optional.of(new PackageCommand(removing, names, group));
  }

  /** A package's name without version, release, architecture or repository. */
  private static String plain(String name) {
    String lower = name.toLowerCase(Locale.ROOT).replaceFirst("[=<>~@/:].*", "");
    String start = lower.isEmpty() ? name.toLowerCase(Locale.ROOT) : lower;
    // As RPM has it: golang-1.25.8
    return start.replaceFirst(
        "^(golang|rust|cargo|gcc|nodejs|npm|cmake|make)-[0-9][0-9.]*.*", "$1");
  }
}
