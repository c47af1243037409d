package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs diff}: what a new file of reference values changes. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say what differs between two files of reference values, signed or not. The status is 0 if they",
      "trust the same, 1 if not. No signature is checked."
    })
final class PcrsDiffCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "BEFORE", description = "Reference values.")
  private String before = "";

  @Parameters(index = "1", paramLabel = "AFTER", description = "Their successor.")
  private String after = "";

  @Override
  public Integer call() {
    ReferenceValues old = ValuesFile.unverified(before);
    ReferenceValues now = ValuesFile.unverified(after);
    PrintWriter out = spec.commandLine().getOut();
    if (!old.application().equals(now.application())) {
      out.println("application: " + old.application() + " -> " + now.application());
    }
    if (now.sequence() <= old.sequence()) {
      out.println("sequence: " + old.sequence() + " -> " + now.sequence()
          + "; relying parties that saw the first refuse the second");
    }
    Map<String, Release> oldReleases = byName(old);
    Map<String, Release> newReleases = byName(now);
    Set<String> names = new LinkedHashSet<>(oldReleases.keySet());
    names.addAll(newReleases.keySet());
    boolean same = old.application().equals(now.application());
    for (String name : names) {
      same &= compare(name, oldReleases.get(name), newReleases.get(name), out);
    }
    return same ? Treza.YES : Treza.NO;
  }

  /** A second release of one name is counted, so that it cannot hide behind the first. */
  private static Map<String, Release> byName(ReferenceValues values) {
    Map<String, Release> releases = new LinkedHashMap<>();
    for (Release release : values.releases()) {
      String name = release.name();
      for (int i = 2; releases.containsKey(name); i++) {
        name = release.name() + " (" + i + ")";
      }
      releases.put(name, release);
    }
    return releases;
  }

  private static boolean compare(
      String name,
      @org.jspecify.annotations.Nullable Release before,
      @org.jspecify.annotations.Nullable Release after,
      PrintWriter out) {
    if (before == null || after == null) {
      out.println(name + ": " + (before == null ? "added" : "removed"));
      return false;
    }
    if (before.equals(after)) {
      return true;
    }
    difference(name, "status", before.status(), after.status(), out);
    Set<Integer> registers = new LinkedHashSet<>(before.measurements().pcrs().keySet());
    registers.addAll(after.measurements().pcrs().keySet());
    for (int register : registers) {
      difference(
          name,
          "PCR" + register,
          String.valueOf(before.measurements().pcrs().get(register)),
          String.valueOf(after.measurements().pcrs().get(register)),
          out);
    }
    difference(name, "not before", before.notBefore(), after.notBefore(), out);
    difference(name, "not after", before.notAfter(), after.notAfter(), out);
    difference(name, "image", before.image(), after.image(), out);
    difference(name, "eif", before.eif(), after.eif(), out);
    difference(name, "source", before.source(), after.source(), out);
    difference(name, "audit", before.audit(), after.audit(), out);
    difference(name, "blobs", before.blobs(), after.blobs(), out);
    return false;
  }

  private static void difference(
      String name, String what, Object before, Object after, PrintWriter out) {
    if (!before.equals(after)) {
      out.println(Printable.text(name + ": " + what + ": " + before + " -> " + after));
    }
  }
}
