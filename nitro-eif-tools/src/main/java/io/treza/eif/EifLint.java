package io.treza.eif;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.internal.KernelFormat;
import io.treza.eif.internal.MetadataSecrets;
import io.treza.image.Content;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks for everything in one EIF that boots differently from what it looks like, does not boot
 * everywhere, or tells more than it should: the {@linkplain EifFile#violations violations} and what
 * the sections hold.
 */
public final class EifLint {
  // x86's COMMAND_LINE_SIZE is 2048, aarch64's too.
  private static final int MAX_CMDLINE_BYTES = 2048;
  private static final ImageLimits LIMITS = ImageLimits.defaults();

  private final EifFile eif;
  private final List<EifFinding> findings;
  // Of the root directory: init, and kernel modules; and where modules are asked for.
  private final Set<String> bootFiles = new HashSet<>();
  private final Map<String, Long> modulesToLoad = new TreeMap<>();

  private EifLint(EifFile eif) {
    this.eif = eif;
    this.findings = new ArrayList<>(eif.violations());
  }

  /**
   * Every finding, by offset.
   *
   * @param now when the certificate should be valid
   * @throws IOException if the file cannot be read
   */
  public static List<EifFinding> check(EifFile eif, Instant now) throws IOException {
    EifLint lint = new EifLint(eif);
    lint.checkHeader();
    lint.checkKernel();
    String cmdline = lint.checkCmdline();
    lint.checkRamdisks(cmdline);
    lint.checkMetadata();
    lint.checkSignature(now);
    lint.findings.sort(Comparator.comparingLong(EifFinding::offset));
    return List.copyOf(lint.findings);
  }

  private void add(EifRule rule, long offset, String what) {
    findings.add(new EifFinding(rule, offset, what));
  }

  private void checkHeader() throws IOException {
    int further = eif.header().flags() & ~1;
    if (further != 0) {
      add(EifRule.FLAGS, 6, "flags 0x" + Integer.toHexString(further));
    }
    String nothing = EifMeasurements.pcr(Content.of(new byte[0]));
    if (eif.measurements().map(EifMeasurements::pcr2).filter(nothing::equals).isPresent()) {
      add(EifRule.PCR2_EMPTY, 26, "PCR2 is the measurement of nothing");
    }
  }

  private void checkKernel() throws IOException {
    Optional<EifSection> kernel = eif.find(EifSection.Type.KERNEL);
    if (kernel.isEmpty()) {
      return;
    }
    Optional<Architecture> found = KernelFormat.bootable(eif.content(kernel.get()));
    Architecture stated = eif.header().architecture();
    if (found.isEmpty()) {
      add(EifRule.KERNEL_FORM, kernel.get().dataOffset(), "neither a bzImage nor a raw Image");
    } else if (found.get() != stated) {
      add(
          EifRule.KERNEL_ARCHITECTURE,
          kernel.get().dataOffset(),
          "a kernel for " + found.get().kernelName() + " in a file for " + stated.kernelName());
    }
  }

  private String checkCmdline() throws IOException {
    Optional<EifSection> section = eif.find(EifSection.Type.CMDLINE);
    if (section.isEmpty()) {
      return "";
    }
    String cmdline;
    try (InputStream in = eif.content(section.get()).open()) {
      cmdline = new String(in.readNBytes(MAX_CMDLINE_BYTES), ISO_8859_1);
    }
    long start = section.get().dataOffset();
    if (section.get().size() >= MAX_CMDLINE_BYTES) {
      add(
          EifRule.CMDLINE_TEXT,
          start + MAX_CMDLINE_BYTES - 1,
          section.get().size() + " bytes, of which Linux keeps " + (MAX_CMDLINE_BYTES - 1));
    }
    for (int i = 0; i < cmdline.length(); i++) {
      if ("\0\n\r".indexOf(cmdline.charAt(i)) >= 0) {
        add(
            EifRule.CMDLINE_TEXT,
            start + i,
            String.format(Locale.ROOT, "byte 0x%02x in the command line", (int) cmdline.charAt(i)));
        break;
      }
    }
    return cmdline;
  }

  private void checkRamdisks(String cmdline) throws IOException {
    List<EifSection> ramdisks =
        eif.sections().stream().filter(s -> s.type() == EifSection.Type.RAMDISK).toList();
    boolean complete = !ramdisks.isEmpty();
    for (int i = 0; i < ramdisks.size(); i++) {
      EifSection section = ramdisks.get(i);
      Ramdisk ramdisk = Ramdisk.of(eif, section, LIMITS);
      Ramdisk.Format format = ramdisk.format();
      if (format == Ramdisk.Format.EMPTY) {
        add(EifRule.RAMDISK_EMPTY, section.offset(), section.name() + " is empty");
        continue;
      }
      boolean last = ramdisks.subList(i + 1, ramdisks.size()).stream().allMatch(s -> s.size() == 0);
      if (format == Ramdisk.Format.NEWC && !last && section.size() % 4 != 0) {
        add(
            EifRule.RAMDISK_UNALIGNED,
            section.dataOffset() + section.size(),
            section.name() + " has " + section.size() + " bytes, and another one follows");
      }
      complete &= read(section, ramdisk, format);
    }
    if (complete) {
      checkBoot(ramdisks.get(0).offset(), cmdline.contains("rdinit="));
    }
  }

  private void checkBoot(long offset, boolean otherInit) {
    if (!otherInit && !bootFiles.contains("init")) {
      add(EifRule.INIT_MISSING, offset, "no ramdisk has a file called init");
    }
    modulesToLoad.forEach((module, place) -> {
      if (!bootFiles.contains(module)) {
        add(EifRule.MODULE_MISSING, place, "no ramdisk has the module " + module);
      }
    });
  }

  /** Reads a ramdisk through; returns whether it could be. */
  private boolean read(EifSection section, Ramdisk ramdisk, Ramdisk.Format format)
      throws IOException {
    try {
      Optional<EifFinding> end = ramdisk.forEach((entry, in) -> {
        String name = entry.path().latin1().replaceFirst("^(\\.?/)*", "");
        if (name.equals("init") || name.matches("[^/]+\\.ko")) {
          bootFiles.add(name);
        } else if (name.equals(BootstrapFiles.LOAD_ORDER)) {
          BootstrapFiles.modules(in.readNBytes(BootstrapFiles.MAX_LOAD_ORDER))
              .values()
              .forEach(module -> modulesToLoad.put(module, section.offset()));
        }
        if (List.of(name.split("/")).contains("..")) {
          add(EifRule.RAMDISK_NAME, section.dataOffset(), section.name() + ": " + entry.path());
        }
      });
      end.ifPresent(finding -> add(section, format, finding));
      return true;
    } catch (EifException e) {
      add(
          section,
          format,
          e.finding()
              .orElse(new EifFinding(EifRule.RAMDISK_MEMBER, 0, String.valueOf(e.getMessage()))));
      return false;
    }
  }

  private void add(EifSection section, Ramdisk.Format format, EifFinding inside) {
    long start = format == Ramdisk.Format.GZIP ? 0 : section.dataOffset();
    add(inside.rule(), start + inside.offset(), section.name() + ": " + inside.what());
  }

  private void checkMetadata() throws IOException {
    Optional<EifSection> section = eif.find(EifSection.Type.METADATA);
    if (section.isEmpty()) {
      return;
    }
    try {
      MetadataSecrets.find(
          EifDescription.metadata(eif),
          (rule, what) -> add(rule, section.get().dataOffset(), what));
    } catch (EifException e) {
      e.finding().ifPresent(findings::add);
    }
  }

  private void checkSignature(Instant now) {
    Optional<SignatureCheck> check = eif.signature();
    if (check.isEmpty()) {
      return;
    }
    long offset = eif.find(EifSection.Type.SIGNATURE).orElseThrow().offset();
    if (check.get() instanceof SignatureCheck.Malformed malformed) {
      add(EifRule.SIGNATURE_FORM, offset, malformed.reason());
    } else if (check.get() instanceof SignatureCheck.Invalid invalid) {
      add(EifRule.SIGNATURE_INVALID, offset, invalid.reason());
    } else if (check.get() instanceof SignatureCheck.OtherImage other
        && eif.measurements().isPresent()) {
      add(EifRule.SIGNATURE_OTHER_IMAGE, offset, "signed for PCR0 " + other.signedPcr0());
    } else if (check.get() instanceof SignatureCheck.Valid valid) {
      if (valid.furtherSignatures() > 0) {
        add(EifRule.SIGNATURE_EXTRA, offset, valid.furtherSignatures() + " further signatures");
      }
      if (valid.furtherCertificates() > 0) {
        add(
            EifRule.CERTIFICATE_EXTRA,
            offset,
            valid.furtherCertificates() + " further certificates");
      }
    }
    check.get().certificate().ifPresent(certificate -> checkValidity(certificate, offset, now));
  }

  private void checkValidity(X509Certificate certificate, long offset, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (now.isBefore(from) || now.isAfter(until)) {
      add(EifRule.CERTIFICATE_EXPIRED, offset, "valid from " + from + " until " + until);
    }
  }
}
