package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.internal.Text;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The project's file to its model: version, platform and the types of members here, what values may
 * be in the model's constructors.
 */
public final class ReferenceValuesReader {
  static final String PLATFORM = "aws-nitro-enclaves";
  static final long VERSION = 1;

  private static final Set<String> FILE = Set.of(
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
  private static final Set<String> RELEASE = Set.of(
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

  private ReferenceValuesReader() {}

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
    return new Release(
        measurements,
        fields.constant("status", ReleaseStatus.class),
        fields.optionalTime("notBefore"),
        fields.optionalTime("notAfter"),
        eif.isPresent() ? Optional.of(eif(eif.get())) : Optional.empty(),
        image.isPresent() ? Optional.of(image(image.get())) : Optional.empty(),
        audit.isPresent() ? Optional.of(audit(audit.get())) : Optional.empty(),
        source.isPresent() ? Optional.of(source(source.get())) : Optional.empty(),
        blobs(fields.optionalObject("blobs")));
  }

  private static Release.Eif eif(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(Set.of("sha256", "sha384"));
    return new Release.Eif(fields.text("sha256"), fields.text("sha384"));
  }

  private static Release.Image image(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(Set.of("name", "digest"));
    return new Release.Image(fields.text("name"), fields.text("digest"));
  }

  private static Release.Source source(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(Set.of("repository", "commit", "workflow"));
    return new Release.Source(
        fields.text("repository"), fields.text("commit"), fields.optionalText("workflow"));
  }

  private static AuditVerdict audit(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(Set.of("image", "policy", "scan", "checks"));
    Fields policy = fields.object("policy");
    policy.onlyKnown(Set.of("name", "digest"));
    Fields checks = fields.object("checks");
    SortedMap<String, AuditVerdict.Result> results = new TreeMap<>();
    for (Map.Entry<String, JsonNode> check : checks.members()) {
      results.put(
          check.getKey(),
          Fields.constant(
              check.getValue(),
              checks.at(Text.quoted(check.getKey())),
              AuditVerdict.Result.class,
              false));
    }
    Optional<Fields> scan = fields.optionalObject("scan");
    return new AuditVerdict(
        fields.text("image"),
        new AuditVerdict.Policy(policy.text("name"), policy.text("digest")),
        scan.isPresent() ? Optional.of(scan(scan.get())) : Optional.empty(),
        results);
  }

  private static AuditVerdict.Scan scan(Fields fields) throws ReferenceValuesException {
    fields.onlyKnown(Set.of("scanner", "version", "time"));
    return new AuditVerdict.Scan(
        fields.text("scanner"), fields.text("version"), fields.time("time"));
  }

  private static SortedMap<String, String> blobs(Optional<Fields> fields)
      throws ReferenceValuesException {
    SortedMap<String, String> digests = new TreeMap<>();
    if (fields.isPresent()) {
      for (Map.Entry<String, JsonNode> blob : fields.get().members()) {
        digests.put(
            blob.getKey(),
            Fields.text(blob.getValue(), fields.get().at(Text.quoted(blob.getKey()))));
      }
    }
    return digests;
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
