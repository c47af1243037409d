package io.treza.audit.internal.readiness;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.audit.internal.readiness.EnclaveFiles.Sought;
import io.treza.audit.internal.readiness.LibrarySearch.Loaded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds the loader and the libraries of a program, and theirs in turn: E05. */
record Libraries(EnclaveFiles files, ProcessStart start) {
  // More than the largest desktop program loads; a hostile image could ask for millions.
  private static final int MOST_LOOKUPS = 100_000;
  private static final int MOST_FINDINGS = 20;

  /** What is missing, or that nothing is. */
  List<Finding> check(SurveyedFile file, Elf.File program) {
    String name = EnclaveFiles.name(file);
    if (program.interpreter().isEmpty()) {
      List<String> needed = program.dynamic().map(Elf.Dynamic::needed).orElse(List.of());
      if (needed.isEmpty()) {
        return List.of(pass(name + " is linked statically", file));
      }
      return List.of(new Finding(
          "E05-loader",
          Result.FAIL,
          name + " needs " + CommandText.list(needed) + " and names no loader: it is a library",
          EnclaveFiles.location(file),
          "Run a program."));
    }
    String loader = program.interpreter().get();
    Sought sought = files.find(loader, start.directory());
    if (sought instanceof Sought.Absent absent) {
      return List.of(new Finding(
          "E05-loader",
          Result.FAIL,
          name + " needs the loader " + loader + ": " + absent.why() + other(loader),
          new Location.ImageFile(loader.replaceFirst("^/+", ""), Optional.empty()),
          "Link it statically, or take a base image with the C library it was built for."));
    }
    SurveyedFile loaderFile = ((Sought.Found) sought).file();
    boolean fits = loaderFile.facts().elf().filter(e -> same(e, program)).isPresent();
    if (!loaderFile.regular() || !start.user().mayRun(loaderFile) || !fits) {
      return List.of(new Finding(
          "E05-loader",
          Result.FAIL,
          name + " needs the loader " + loader + ", and " + EnclaveFiles.name(loaderFile)
              + " is none for " + ProgramCheck.describe(program) + " that may be run",
          EnclaveFiles.location(loaderFile),
          "Take loader and program from one image."));
    }
    return new Search(file, program, loaderFile, loader).findings();
  }

  private static boolean same(Elf elf, Elf.File other) {
    return elf instanceof Elf.File file
        && file.machine() == other.machine()
        && file.bits() == other.bits()
        && file.bigEndian() == other.bigEndian();
  }

  /** Names the C library that is there instead, since mixing them up is the usual reason. */
  private String other(String loader) {
    boolean musl = loader.contains("ld-musl-");
    boolean there = files.root().files().stream()
        .anyMatch(f -> f.path()
            .latin1()
            .matches(
                musl
                    ? "(?:usr/)?lib(?:64)?/(?:[^/]+/)?ld-linux-[^/]*"
                    : "(?:usr/)?lib/ld-musl-[^/]*"));
    if (!there) {
      return "";
    }
    return musl
        ? "; it was built for musl (Alpine), and the image has glibc"
        : "; it was built for glibc, and the image has musl (Alpine)";
  }

  private static Finding pass(String message, SurveyedFile file) {
    return new Finding("E05", Result.PASS, message, EnclaveFiles.location(file), "");
  }

  /** One program's. */
  private final class Search {
    private final SurveyedFile program;
    private final String loader;
    private final LibrarySearch search;
    private final Map<String, Loaded> loaded = new HashMap<>();
    private final Deque<Loaded> queue = new ArrayDeque<>();
    private final List<Finding> findings = new ArrayList<>();
    private int lookups;
    private int libraries;

    Search(SurveyedFile program, Elf.File elf, SurveyedFile loaderFile, String loader) {
      this.program = program;
      this.loader = loader;
      this.search = new LibrarySearch(files, start, loader, elf);
      Loaded root = new Loaded(EnclaveFiles.name(program), elf, Optional.empty());
      queue.add(root);
      // The loader is loaded already, under its file's name and its own.
      if (loaderFile.facts().elf().orElseThrow() instanceof Elf.File own) {
        Loaded itself = new Loaded(loader, own, Optional.empty());
        loaded.put(Wrapper.name(loader), itself);
        own.dynamic().flatMap(Elf.Dynamic::soname).ifPresent(s -> loaded.put(s, itself));
      }
    }

    List<Finding> findings() {
      List<Loaded> all = new ArrayList<>();
      while (!queue.isEmpty() && lookups < MOST_LOOKUPS && findings.size() < MOST_FINDINGS) {
        Loaded next = queue.remove();
        all.add(next);
        for (String name : next.dynamic().map(Elf.Dynamic::needed).orElse(List.of())) {
          if (!loaded.containsKey(name) && !search.itself(name) && lookups < MOST_LOOKUPS) {
            load(name, next);
          }
        }
      }
      if (lookups >= MOST_LOOKUPS) {
        findings.add(finding(
            "E05",
            Result.INCONCLUSIVE,
            "asks for libraries in more than " + MOST_LOOKUPS
                + " places; not all of them were looked at",
            ""));
      } else if (findings.isEmpty() && !search.musl()) {
        all.forEach(this::versions);
      }
      if (findings.isEmpty()) {
        findings.add(pass(
            EnclaveFiles.name(program) + ": its loader " + loader + " is there, and so are all "
                + libraries + " libraries it needs",
            program));
      }
      return findings;
    }

    private void load(String name, Loaded by) {
      Optional<Finding> obstacle = Optional.empty();
      for (String place : search.places(name, by)) {
        if (++lookups >= MOST_LOOKUPS) {
          return;
        }
        Optional<SurveyedFile> file = files.at(place).filter(SurveyedFile::regular);
        if (file.isEmpty()) {
          continue;
        }
        Optional<Elf> elf = file.get().facts().elf();
        if (elf.isPresent() && elf.get() instanceof Elf.File library) {
          if (same(library, by.elf())) {
            Loaded found = new Loaded(place, library, Optional.of(by));
            loaded.put(name, found);
            library.dynamic().flatMap(Elf.Dynamic::soname).ifPresent(s -> loaded.put(s, found));
            queue.add(found);
            libraries++;
            return;
          }
          obstacle = Optional.of(finding(
              "E05-library",
              Result.FAIL,
              needs(name, by) + ", and " + place + " is for " + ProgramCheck.describe(library),
              "Copy the library built for " + ProgramCheck.describe(by.elf()) + "."));
          if (search.musl()) {
            break;
          }
        } else if (elf.isPresent() && elf.get() instanceof Elf.Unread unread) {
          obstacle = Optional.of(finding(
              "E05-library",
              Result.INCONCLUSIVE,
              needs(name, by) + ", and " + place + " was not read: " + unread.why(),
              ""));
          break;
        } else {
          obstacle = Optional.of(finding(
              "E05-library",
              Result.FAIL,
              needs(name, by) + ", and " + place + " is no library"
                  + (elf.isPresent() && elf.get() instanceof Elf.Malformed m
                      ? ": " + m.problem()
                      : ""),
              "Copy the library there."));
          break;
        }
      }
      loaded.put(name, by); // said once
      findings.add(obstacle.orElseGet(() -> finding(
          "E05-library",
          search.unsure() ? Result.INCONCLUSIVE : Result.FAIL,
          needs(name, by) + ", and the loader finds none" + elsewhere(name)
              + (search.unsure() ? "; /etc/ld.so.cache could not be read" : ""),
          "Install it, or link statically; after copying a library to where ld.so.conf points,"
              + " run ldconfig.")));
    }

    private String needs(String name, Loaded by) {
      String program = EnclaveFiles.name(this.program);
      return program + " needs " + name + (by.path().equals(program) ? "" : " for " + by.path());
    }

    private String elsewhere(String name) {
      String ending = "/" + name;
      return files.root().files().stream()
          .filter(f -> EnclaveFiles.name(f).endsWith(ending))
          .findFirst()
          .map(f -> "; there is " + EnclaveFiles.name(f) + ", where it does not look")
          .orElse("");
    }

    /** What glibc's loader checks before it starts a program (elf/dl-version.c). */
    private void versions(Loaded user) {
      Map<String, Set<String>> needed =
          user.dynamic().map(Elf.Dynamic::versionsNeeded).orElse(Map.of());
      needed.forEach((library, versions) -> {
        Loaded found = loaded.get(library);
        Set<String> defined = found == null
            ? Set.of()
            : found.dynamic().map(Elf.Dynamic::versionsDefined).orElse(Set.of());
        Set<String> missing = new TreeSet<>(versions);
        missing.removeAll(defined);
        // A library without any versions is taken as it is.
        if (found != null && !defined.isEmpty() && !missing.isEmpty()) {
          findings.add(finding(
              "E05-version",
              Result.FAIL,
              user.path() + " needs " + CommandText.list(missing) + " of " + library + ", which "
                  + found.path() + " does not have",
              "Build it on the base image it will run on, or on an older one."));
        }
      });
    }

    private Finding finding(String id, Result result, String message, String fix) {
      return new Finding(id, result, message, EnclaveFiles.location(program), fix);
    }
  }
}
