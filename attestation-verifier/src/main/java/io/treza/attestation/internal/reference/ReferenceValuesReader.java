package io.treza.attestation.internal.reference;

import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.internal.Text;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The project's file to its model: version, platform and the types of members here, what values may
 * be in the model's constructors.
 */
public final class ReferenceValuesReader {
  static final String PLATFORM = "aws-nitro-enclaves";
  static final long VERSION = 1;

  private static final Set<String> FILE = set(
      "version",
      "platform",
      "application",
      "sequence",
      "issuedAt",
      "expiresAt",
      "PCR0",
      "PCR1",
      "PCR2",
      "measurements");
  private static final Set<String> RELEASE = set(
      "release",
      "status",
      "notBefore",
      "notAfter",
      "pcrs",
      "eif",
      "image",
      "audit",
      "source",
      "blobs");

  private static final Set<String> EIF = set("sha256", "sha384");
  private static final Set<String> NAME_AND_DIGEST = set("name", "digest");
  private static final Set<String> AUDIT = set("image", "policy", "scan", "checks");
  private static final Set<String> SCAN = set("scanner", "version", "time");
  private static final Set<String> SOURCE = set("repository", "commit", "workflow");

  private static final Map<String, ReleaseStatus> STATUSES =
      choices(ReleaseStatus.values(), status -> status.name().toLowerCase(Locale.ROOT));
  private static final Map<String, AuditVerdict.Result> RESULTS =
      choices(AuditVerdict.Result.values(), Enum::name);

  private ReferenceValuesReader() {}

  // Hash tables, since the sets and maps of the JDK's factories take a division for each look-up.

  private static Set<String> set(String... names) {
    return Collections.unmodifiableSet(new HashSet<>(Arrays.asList(names)));
  }

  private static <T> Map<String, T> choices(T[] values, Function<T, String> name) {
    Map<String, T> choices = new HashMap<>();
    for (T value : values) {
      choices.put(name.apply(value), value);
    }
    return Collections.unmodifiableMap(choices);
  }

  /** A file outside any envelope, of whichever form it is. */
  public static ReferenceValues unsigned(byte[] json, String release)
      throws ReferenceValuesException {
    Fields root = StrictJson.object(json, "");
    if (root.has("payloadType")) {
      throw new ReferenceValuesException(
          Problem.ENVELOPE, "this is a signed envelope; verify it with the keys of its publisher");
    }
    return root.has("version") || root.has("measurements")
        ? read(root)
        : BuildOutput.read(root, release);
  }

  /** The values in a file or predicate. */
  static ReferenceValues read(Fields root) throws ReferenceValuesException {
    long version = root.number("version");
    if (version != VERSION) {
      throw new ReferenceValuesException(
          Problem.FORM,
          root.at("version") + ": " + version + " is not understood; a newer version of this"
              + " library may understand it");
    }
    root.onlyKnown(FILE);
    if (!root.text("platform").equals(PLATFORM)) {
      throw new ReferenceValuesException(
          Problem.VALUE,
          root.at("platform") + ": expected \"" + PLATFORM + "\", found "
              + Text.quoted(root.text("platform")));
    }
    ReferenceValues values = root.value(() -> {
      ReferenceValues.Builder builder = ReferenceValues.builder(root.text("application"))
          .sequence(root.number("sequence"))
          .issuedAt(root.time("issuedAt"))
          .expiresAt(root.time("expiresAt"));
      for (Fields release : root.objects("measurements")) {
        builder.release(release.value(() -> release(release)));
      }
      return builder.build();
    });
    checkTop(root, values);
    return values;
  }

  private static Release release(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(RELEASE);
    String name = fields.text("release");
    Fields pcrs = fields.object("pcrs");
    Measurements measurements = pcrs.value(() -> BuildOutput.pcrs(pcrs, name, ""));
    Optional<Fields> eif = fields.optionalObject("eif");
    Optional<Fields> image = fields.optionalObject("image");
    Optional<Fields> audit = fields.optionalObject("audit");
    Optional<Fields> source = fields.optionalObject("source");
    Optional<Fields> blobs = fields.optionalObject("blobs");
    return new Release(
        measurements,
        fields.choice("status", STATUSES),
        fields.optionalTime("notBefore"),
        fields.optionalTime("notAfter"),
        eif.isPresent() ? Optional.of(eif(eif.get())) : Optional.empty(),
        image.isPresent() ? Optional.of(image(image.get())) : Optional.empty(),
        audit.isPresent() ? Optional.of(audit(audit.get())) : Optional.empty(),
        source.isPresent() ? Optional.of(source(source.get())) : Optional.empty(),
        blobs.isPresent() ? blobs.get().texts() : new TreeMap<>());
  }

  private static Release.Eif eif(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(EIF);
    return new Release.Eif(fields.text("sha256"), fields.text("sha384"));
  }

  private static Release.Image image(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(NAME_AND_DIGEST);
    return new Release.Image(fields.text("name"), fields.text("digest"));
  }

  private static Release.Source source(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(SOURCE);
    return new Release.Source(
        fields.text("repository"), fields.text("commit"), fields.optionalText("workflow"));
  }

  private static AuditVerdict audit(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(AUDIT);
    Fields policy = fields.object("policy");
    policy.onlyKnown(NAME_AND_DIGEST);
    Fields checks = fields.object("checks");
    Optional<Fields> scan = fields.optionalObject("scan");
    return new AuditVerdict(
        fields.text("image"),
        new AuditVerdict.Policy(policy.text("name"), policy.text("digest")),
        scan.isPresent() ? Optional.of(scan(scan.get())) : Optional.empty(),
        checks.choices(RESULTS));
  }

  private static AuditVerdict.Scan scan(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(SCAN);
    return new AuditVerdict.Scan(
        fields.text("scanner"), fields.text("version"), fields.time("time"));
  }

  /** The copy for readers that know only PCR0 to PCR2 must not tell them anything else. */
  private static void checkTop(Fields root, ReferenceValues values)
      throws ReferenceValuesException {
    Optional<Measurements> only = ReferenceValuesWriter.onlyRelease(values);
    for (int index = 0; index <= 2; index++) {
      int register = index;
      String name = "PCR" + register;
      Optional<PcrValue> value = only.map(m -> m.pcrs().get(register));
      Optional<String> stated = root.optionalText(name);
      if (stated.isPresent()
          && !stated
              .map(hex -> hex.toLowerCase(Locale.ROOT))
              .equals(value.map(PcrValue::toString))) {
        throw new ReferenceValuesException(
            Problem.VALUE,
            root.at(name) + ": stands at the top only as the copy of one active"
                + " release's value");
      }
    }
  }
}
