package io.treza.audit.internal.image;

import io.treza.image.internal.TarMember;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What runs what it is given: the shells, package managers and interpreters of a file system.
 *
 * @param shells those named like one
 * @param onlyBusybox whether none of the shells is another program than busybox
 * @param managers package managers, busybox's own apart
 * @param interpreters of languages
 */
record Shells(
    List<Program> shells, boolean onlyBusybox, List<Program> managers, List<Program> interpreters) {
  private static final Set<String> SHELL = Set.of(
      "sh",
      "bash",
      "rbash",
      "ash",
      "dash",
      "zsh",
      "ksh",
      "ksh93",
      "mksh",
      "oksh",
      "fish",
      "csh",
      "tcsh",
      "yash",
      "busybox",
      "busybox.static",
      "toybox",
      "sash",
      "pwsh",
      "nu",
      "elvish",
      "xonsh");
  private static final Set<String> MANAGER = Set.of(
      "apk",
      "apt",
      "apt-get",
      "aptitude",
      "dpkg",
      "yum",
      "dnf",
      "dnf5",
      "microdnf",
      "rpm",
      "zypper",
      "tdnf",
      "pacman",
      "opkg",
      "emerge",
      "xbps-install",
      "nix-env",
      "brew");
  private static final Pattern INTERPRETER =
      Pattern.compile("python[0-9.]*|perl[0-9.]*|node|nodejs|deno|bun|ruby[0-9.]*|php[0-9.]*"
          + "|lua[0-9.]*|luajit|tclsh[0-9.]*|gawk|mawk|jshell|guile");

  static Shells of(FileTree root) {
    List<Program> shells = Program.named(root, SHELL::contains);
    // Busybox is one file of many names, and which of them it has first says nothing.
    Set<TarMember> busybox = Collections.newSetFromMap(new IdentityHashMap<>());
    shells.stream()
        .filter(s -> s.name().startsWith("busybox"))
        .forEach(s -> busybox.add(s.file().member()));
    Predicate<Program> own = program -> !busybox.contains(program.file().member());
    return new Shells(
        shells,
        shells.stream().noneMatch(own),
        Program.named(root, MANAGER::contains).stream().filter(own).toList(),
        Program.named(root, INTERPRETER.asMatchPredicate()).stream().filter(own).toList());
  }
}
