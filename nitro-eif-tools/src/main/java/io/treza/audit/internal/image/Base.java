package io.treza.audit.internal.image;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an image is built on, told by its flattened root alone.
 *
 * @param kind the family
 * @param name what it calls itself, or what it is
 * @param evidence what it was told by
 * @param packages its package database, if it has one
 */
record Base(Kind kind, String name, String evidence, Optional<Packages> packages) {
  /** How much an image of a family has that a program does not need. */
  enum Size {
    MINIMAL,
    REDUCED,
    FULL,
    UNKNOWN
  }

  /** A family of base images. */
  enum Kind {
    SCRATCH(Size.MINIMAL),
    DISTROLESS(Size.MINIMAL),
    DISTROLESS_DEBUG(Size.MINIMAL),
    ALPINE(Size.MINIMAL),
    WOLFI(Size.MINIMAL),
    CHAINGUARD(Size.MINIMAL),
    DOCKER_HARDENED(Size.MINIMAL),
    BUSYBOX(Size.MINIMAL),
    CHISELED(Size.MINIMAL),
    BARE(Size.MINIMAL),
    DEBIAN_SLIM(Size.REDUCED),
    RPM_REDUCED(Size.REDUCED),
    DEBIAN(Size.FULL),
    UBUNTU(Size.FULL),
    RPM(Size.FULL),
    OTHER(Size.FULL),
    UNKNOWN(Size.UNKNOWN);

    private final Size size;

    Kind(Size size) {
      this.size = size;
    }

    Size size() {
      return size;
    }
  }

  private static final Set<String> RPM_IDS = Set.of(
      "rhel",
      "centos",
      "fedora",
      "amzn",
      "azurelinux",
      "mariner",
      "ol",
      "rocky",
      "almalinux",
      "opensuse",
      "opensuse-leap",
      "opensuse-tumbleweed",
      "sles",
      "sl-micro",
      "photon",
      "openeuler");
  private static final Set<String> FULL_RPM_MANAGERS =
      Set.of("yum", "dnf", "dnf5", "zypper", "tdnf");

  /** Tells the base of a root file system. */
  static Base of(FileTree root, Shells shells) {
    Optional<Packages> packages = Packages.find(root);
    Optional<OsRelease> os = OsRelease.find(root);
    return os.isPresent()
        ? named(root, os.get(), shells, packages)
        : nameless(root, shells, packages);
  }

  private static Base named(
      FileTree root, OsRelease os, Shells shells, Optional<Packages> packages) {
    String evidence = os.evidence();
    Kind kind = Kind.OTHER;
    if (os.id().equals("dhi") || os.name().contains("Docker Hardened")) {
      kind = Kind.DOCKER_HARDENED;
    } else if (isDistroless(root, shells)) {
      kind = root.follow("busybox").isPresent() ? Kind.DISTROLESS_DEBUG : Kind.DISTROLESS;
      evidence += ", and packages are listed in /var/lib/dpkg/status.d";
    } else if (os.id().equals("alpine")) {
      kind = Kind.ALPINE;
    } else if (os.id().equals("wolfi")) {
      kind = Kind.WOLFI;
    } else if (os.id().equals("chainguard")) {
      kind = Kind.CHAINGUARD;
    } else if (os.id().equals("ubuntu")) {
      boolean chiseled = isChiseled(root, shells);
      kind = chiseled ? Kind.CHISELED : Kind.UBUNTU;
      evidence += chiseled ? ", and dpkg has no list of packages" : "";
    } else if (os.like("debian")) {
      boolean slim = isSlim(root);
      kind = slim ? Kind.DEBIAN_SLIM : Kind.DEBIAN;
      evidence += slim ? ", and documentation is left out" : ", and documentation is there";
    } else if (RPM_IDS.contains(os.id())
        || os.like("rhel")
        || os.like("fedora")
        || os.like("suse")) {
      kind = rpm(shells);
    }
    boolean bare = shells.shells().isEmpty() && shells.managers().isEmpty();
    if (kind.size() != Size.MINIMAL && bare) {
      kind = Kind.BARE;
      evidence += ", and there is neither shell nor package manager";
    }
    return new Base(kind, os.name(), evidence, packages);
  }

  private static Kind rpm(Shells shells) {
    if (shells.managers().stream().anyMatch(m -> FULL_RPM_MANAGERS.contains(m.name()))) {
      return Kind.RPM;
    }
    // ubi-minimal has microdnf, and ubi-micro a shell alone.
    return Kind.RPM_REDUCED;
  }

  private static Base nameless(FileTree root, Shells shells, Optional<Packages> packages) {
    if (isDistroless(root, shells)) {
      boolean debug = root.follow("busybox").isPresent();
      return new Base(
          debug ? Kind.DISTROLESS_DEBUG : Kind.DISTROLESS,
          "distroless",
          "packages are listed in /var/lib/dpkg/status.d",
          packages);
    } else if (packages.isPresent()) {
      return new Base(
          Kind.UNKNOWN,
          "a distribution without os-release",
          "/" + packages.get().place() + " lists packages",
          packages);
    } else if (shells.shells().isEmpty() && shells.managers().isEmpty()) {
      return new Base(
          Kind.SCRATCH, "scratch", "there is no os-release, package database or shell", packages);
    } else if (!shells.shells().isEmpty()
        && shells.onlyBusybox()
        && shells.managers().isEmpty()) {
      return new Base(
          Kind.BUSYBOX, "busybox", "there is no os-release, and every shell is busybox", packages);
    }
    String tools = describe(shells.shells().isEmpty() ? shells.managers() : shells.shells());
    return new Base(
        Kind.UNKNOWN,
        "a distribution without os-release",
        "there is no os-release or package database, but " + tools,
        packages);
  }

  private static String describe(List<Program> programs) {
    return programs.get(0).describe();
  }

  /** Built by Bazel rules that list each package in a file of its own. */
  private static boolean isDistroless(FileTree root, Shells shells) {
    return root.follow("var/lib/dpkg/status.d").filter(SurveyedFile::directory).isPresent()
        && root.follow("var/lib/dpkg/status").isEmpty()
        && shells.managers().isEmpty();
  }

  /** Cut from packages by chisel, which may keep a shell; a list merely deleted is not enough. */
  private static boolean isChiseled(FileTree root, Shells shells) {
    return root.follow("var/lib/dpkg/status").isEmpty()
        && shells.managers().isEmpty()
        && (shells.shells().isEmpty() || root.follow(Packages.CHISEL).isPresent());
  }

  /** As debian's -slim images are made: dpkg is told to leave documentation out. */
  private static boolean isSlim(FileTree root) {
    return root.below("etc/dpkg/dpkg.cfg.d").stream()
        .map(Kept::text)
        .anyMatch(text -> text.contains("path-exclude") && text.contains("/usr/share/doc"));
  }

  /** Bytes to keep. */
  static int interest(String path) {
    return path.startsWith("etc/dpkg/dpkg.cfg.d/") ? 1 << 14 : 0;
  }

  /** How many packages, in words. */
  String count() {
    return packages.map(Packages::count).orElse("no package database");
  }
}
