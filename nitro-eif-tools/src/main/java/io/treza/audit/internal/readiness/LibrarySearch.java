package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.image.FileFacts;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a dynamic loader looks for a library: glibc's (ld.so(8), "Dynamic Linker", and
 * elf/dl-load.c) or musl's (ldso/dynlink.c).
 */
final class LibrarySearch {
  // ldso/dynlink.c, load_library: these names are musl's own libc, whatever their version.
  private static final Pattern MUSL_ITSELF =
      Pattern.compile("lib(?:c|pthread|rt|m|dl|util|xnet)\\..*");
  private static final List<String> MUSL_DIRECTORIES =
      List.of("/lib", "/usr/local/lib", "/usr/lib");

  private final EnclaveFiles files;
  private final ProcessStart start;
  private final boolean musl;
  private final List<String> defaults;
  private final Optional<Map<String, List<String>>> cache;

  /** A program or library that was loaded, and what asked for it. */
  record Loaded(String path, Elf.File elf, Optional<Loaded> by) {
    String directory() {
      int slash = path.lastIndexOf('/');
      return slash <= 0 ? "/" : path.substring(0, slash);
    }

    Optional<Elf.Dynamic> dynamic() {
      return elf.dynamic();
    }
  }

  /**
   * Prepares to search as a program's loader does.
   *
   * @param loader its name as the program states it
   */
  LibrarySearch(EnclaveFiles files, ProcessStart start, String loader, Elf.File program) {
    this.files = files;
    this.start = start;
    Optional<String> muslLoader = muslLoader(loader);
    this.musl = muslLoader.isPresent();
    if (musl) {
      String path = "/etc/" + muslLoader.get().replaceFirst("\\.so\\.1$", ".path");
      this.defaults =
          text(path).map(t -> List.of(t.strip().split("[:\n]+"))).orElse(MUSL_DIRECTORIES);
      this.cache = Optional.empty();
    } else {
      String own = files.at(loader).map(EnclaveFiles::name).orElse(loader);
      Set<String> directories = new LinkedHashSet<>(distribution(program));
      directories.add(own.substring(0, Math.max(1, own.lastIndexOf('/'))));
      this.defaults = List.copyOf(directories);
      this.cache = files
          .at("/etc/ld.so.cache")
          .flatMap(f -> f.facts().start())
          .filter(FileFacts.Start::whole)
          .map(FileFacts.Start::bytes)
          .flatMap(LoaderCache::parse);
    }
  }

  /**
   * The name of musl's loader, if that is what runs: under its own name, or behind glibc's, as
   * Alpine's gcompat has it, which glibc's own is told from by its soname.
   */
  private Optional<String> muslLoader(String loader) {
    String name = Wrapper.name(loader);
    boolean glibc = files
        .at(loader)
        .flatMap(f -> f.facts().elf())
        .flatMap(elf -> elf instanceof Elf.File file ? file.dynamic() : Optional.empty())
        .flatMap(Elf.Dynamic::soname)
        .filter(soname -> soname.startsWith("ld"))
        .isPresent();
    if (name.startsWith("ld-musl-")) {
      return Optional.of(name);
    }
    return glibc
        ? Optional.empty()
        : files.at("/lib").stream()
            .flatMap(lib -> files.root().below(EnclaveFiles.name(lib)).stream())
            .map(f -> Wrapper.name(f.path().toString()))
            .filter(n -> n.startsWith("ld-musl-"))
            .findFirst();
  }

  /** Debian's directories and everybody else's; each distribution builds its own into its loader. */
  private static List<String> distribution(Elf.File program) {
    String triplet = switch (program.machine()) {
      case Elf.X86_64 -> "x86_64-linux-gnu";
      case Elf.AARCH64 -> "aarch64-linux-gnu";
      case Elf.ARM -> "arm-linux-gnueabihf";
      default -> "i386-linux-gnu";
    };
    List<String> directories =
        new ArrayList<>(List.of("/lib/" + triplet, "/usr/lib/" + triplet, "/lib", "/usr/lib"));
    directories.addAll(
        program.bits() == 64 ? List.of("/lib64", "/usr/lib64") : List.of("/lib32", "/usr/lib32"));
    return directories;
  }

  boolean musl() {
    return musl;
  }

  /** Whether the loader brings this library itself. */
  boolean itself(String name) {
    return musl && MUSL_ITSELF.matcher(name).matches();
  }

  /** Whether a cache is there that cannot be read here, so that more may be found than is known. */
  boolean unsure() {
    return !musl && cache.isEmpty() && files.at("/etc/ld.so.cache").isPresent();
  }

  /** The places where {@code name} is looked for, in order, each an absolute path. */
  List<String> places(String name, Loaded by) {
    if (name.contains("/")) {
      List<String> expanded = expand(name, by);
      return expanded.stream()
          .map(path -> EnclaveFiles.absolute(path, start.directory()))
          .toList();
    }
    Set<String> directories = new LinkedHashSet<>();
    List<String> environment =
        start.libraryPath().isEmpty() ? List.of() : List.of(start.libraryPath().split("[:;]", -1));
    if (musl) {
      add(environment, by, directories);
      for (Optional<Loaded> l = Optional.of(by); l.isPresent(); l = l.get().by()) {
        Loaded loaded = l.get();
        loaded
            .dynamic()
            .flatMap(d -> d.runpath().or(d::rpath))
            .ifPresent(path -> add(ProcessStart.split(path), loaded, directories));
      }
    } else {
      boolean runpath = by.dynamic().flatMap(Elf.Dynamic::runpath).isPresent();
      for (Optional<Loaded> l = Optional.of(by);
          l.isPresent() && !runpath;
          l = l.get().by()) {
        Loaded loaded = l.get();
        loaded
            .dynamic()
            .filter(d -> d.runpath().isEmpty())
            .flatMap(Elf.Dynamic::rpath)
            .ifPresent(path -> add(ProcessStart.split(path), loaded, directories));
      }
      add(environment, by, directories);
      by.dynamic()
          .flatMap(Elf.Dynamic::runpath)
          .ifPresent(path -> add(ProcessStart.split(path), by, directories));
    }
    List<String> places = new ArrayList<>();
    directories.forEach(directory -> places.add(directory + "/" + name));
    cache.ifPresent(c -> places.addAll(c.getOrDefault(name, List.of())));
    defaults.forEach(directory -> places.add(directory + "/" + name));
    return places;
  }

  private void add(List<String> paths, Loaded by, Set<String> into) {
    for (String path : paths) {
      for (String expanded : expand(path.isEmpty() ? "." : path, by)) {
        into.add(EnclaveFiles.absolute(expanded, start.directory()));
      }
    }
  }

  /** Replaces $ORIGIN, $LIB and $PLATFORM (ld.so(8), "Dynamic string tokens"). */
  private static List<String> expand(String path, Loaded by) {
    if (path.indexOf('$') < 0) {
      return List.of(path);
    }
    String machine = switch (by.elf().machine()) {
      case Elf.X86_64 -> "x86_64";
      case Elf.AARCH64 -> "aarch64";
      default -> "i686";
    };
    String known = path.replaceAll("\\$(?:ORIGIN\\b|\\{ORIGIN\\})", literal(by.directory()))
        .replaceAll("\\$(?:PLATFORM\\b|\\{PLATFORM\\})", machine);
    if (!known.contains("LIB")) {
      return List.of(known);
    }
    return List.of("lib/" + machine + "-linux-gnu", "lib64", "lib").stream()
        .map(lib -> known.replaceAll("\\$(?:LIB\\b|\\{LIB\\})", lib))
        .toList();
  }

  private static String literal(String replacement) {
    return Matcher.quoteReplacement(replacement);
  }

  private Optional<String> text(String path) {
    return files.at(path).flatMap(f -> f.facts().start()).map(s -> new String(s.bytes(), UTF_8));
  }
}
