package io.treza.audit.internal.image;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The shells, package managers and interpreters that can be run in a file system. */
record Shells(List<Program> shells, List<Program> managers, List<Program> interpreters) {
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
    return new Shells(
        Program.named(root, SHELL::contains),
        Program.named(root, MANAGER::contains),
        Program.named(root, INTERPRETER.asMatchPredicate()));
  }

  /** Whether every shell is busybox under one of its names. */
  boolean onlyBusybox() {
    return !shells.isEmpty() && shells.stream().allMatch(Shells::isBusybox);
  }

  private static boolean isBusybox(Program shell) {
    return Program.base(shell.file().member().name().latin1()).contains("busybox")
        || shell.name().contains("busybox");
  }
}
