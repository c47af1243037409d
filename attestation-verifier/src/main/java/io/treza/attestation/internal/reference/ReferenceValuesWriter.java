package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The model to the project's file: members in one order, so equal values are equal bytes. */
public final class ReferenceValuesWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private ReferenceValuesWriter() {}

  /** Indented, so that a change shows in a comparison of lines; ends with a newline. */
  public static byte[] file(ReferenceValues values) {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
        Separators.createDefaultInstance().withObjectFieldValueSpacing(Spacing.AFTER));
    printer.indentObjectsWith(indenter);
    printer.indentArraysWith(indenter);
    return bytes(json -> {
      json.setPrettyPrinter(printer);
      write(json, values);
      json.writeRaw('\n');
    });
  }

  /** What writes to a generator. */
  interface Writing {
    void write(JsonGenerator json) throws IOException;
  }

  /** What {@code writing} writes, in UTF-8. */
  static byte[] bytes(Writing writing) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      writing.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    return out.toByteArray();
  }

  /**
   * The measurements that stand at the top as well, for tools that know nothing else: of a file
   * with one release, if a tool that ignores its status may accept it.
   */
  static Optional<Measurements> onlyRelease(ReferenceValues values) {
    return values.releases().size() == 1
            && values.releases().get(0).status() == ReleaseStatus.ACTIVE
        ? Optional.of(values.releases().get(0).measurements())
        : Optional.empty();
  }

  static void write(JsonGenerator json, ReferenceValues values) throws IOException {
    json.writeStartObject();
    json.writeNumberField("version", ReferenceValuesReader.VERSION);
    json.writeStringField("platform", ReferenceValuesReader.PLATFORM);
    json.writeStringField("application", values.application());
    json.writeNumberField("sequence", values.sequence());
    time(json, "issuedAt", values.issuedAt());
    time(json, "expiresAt", values.expiresAt());
    Optional<Measurements> only = onlyRelease(values);
    if (only.isPresent()) {
      for (Map.Entry<Integer, PcrValue> pcr : only.get().pcrs().headMap(3).entrySet()) {
        pcr(json, pcr);
      }
    }
    json.writeArrayFieldStart("measurements");
    for (Release release : values.releases()) {
      release(json, release);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void release(JsonGenerator json, Release release) throws IOException {
    json.writeStartObject();
    json.writeStringField("release", release.name());
    json.writeStringField("status", release.status().name().toLowerCase(Locale.ROOT));
    if (release.notBefore().isPresent()) {
      time(json, "notBefore", release.notBefore().get());
    }
    if (release.notAfter().isPresent()) {
      time(json, "notAfter", release.notAfter().get());
    }
    json.writeObjectFieldStart("pcrs");
    for (Map.Entry<Integer, PcrValue> pcr : release.measurements().pcrs().entrySet()) {
      pcr(json, pcr);
    }
    json.writeEndObject();
    if (release.eif().isPresent()) {
      texts(json, "eif", eifDigests(release.eif().get()));
    }
    if (release.image().isPresent()) {
      Release.Image image = release.image().get();
      json.writeObjectFieldStart("image");
      json.writeStringField("name", image.name());
      json.writeStringField("digest", image.digest());
      json.writeEndObject();
    }
    if (release.audit().isPresent()) {
      audit(json, release.audit().get());
    }
    if (release.source().isPresent()) {
      source(json, release.source().get());
    }
    if (!release.blobs().isEmpty()) {
      texts(json, "blobs", release.blobs());
    }
    json.writeEndObject();
  }

  private static void audit(JsonGenerator json, AuditVerdict audit) throws IOException {
    json.writeObjectFieldStart("audit");
    json.writeStringField("image", audit.image());
    json.writeObjectFieldStart("policy");
    json.writeStringField("name", audit.policy().name());
    json.writeStringField("digest", audit.policy().digest());
    json.writeEndObject();
    if (audit.scan().isPresent()) {
      AuditVerdict.Scan scan = audit.scan().get();
      json.writeObjectFieldStart("scan");
      json.writeStringField("scanner", scan.scanner());
      json.writeStringField("version", scan.version());
      time(json, "time", scan.time());
      json.writeEndObject();
    }
    json.writeObjectFieldStart("checks");
    for (Map.Entry<String, AuditVerdict.Result> check : audit.checks().entrySet()) {
      json.writeStringField(check.getKey(), check.getValue().name());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void source(JsonGenerator json, Release.Source source) throws IOException {
    json.writeObjectFieldStart("source");
    json.writeStringField("repository", source.repository());
    json.writeStringField("commit", source.commit());
    if (source.workflow().isPresent()) {
      json.writeStringField("workflow", source.workflow().get());
    }
    json.writeEndObject();
  }

  /** In-toto's names of the digests of an enclave image file, in order. */
  static Map<String, String> eifDigests(Release.Eif eif) {
    return new TreeMap<>(Map.of("sha256", eif.sha256(), "sha384", eif.sha384()));
  }

  static void texts(JsonGenerator json, String name, Map<String, String> texts) throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, String> text : texts.entrySet()) {
      json.writeStringField(text.getKey(), text.getValue());
    }
    json.writeEndObject();
  }

  private static void pcr(JsonGenerator json, Map.Entry<Integer, PcrValue> pcr) throws IOException {
    json.writeStringField("PCR" + pcr.getKey(), pcr.getValue().toString());
  }

  private static void time(JsonGenerator json, String name, Instant time) throws IOException {
    json.writeStringField(name, DateTimeFormatter.ISO_INSTANT.format(time));
  }
}
