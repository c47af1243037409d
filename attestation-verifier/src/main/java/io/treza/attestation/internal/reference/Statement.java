package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.core.JsonGenerator;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Release;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reference values as the predicate of an in-toto Statement v1, whose subjects are the images they
 * speak of. Unknown members of the statement around the predicate are ignored, as in-toto demands.
 */
public final class Statement {
  private static final String TYPE = "https://in-toto.io/Statement/v1";

  private Statement() {}

  private record Subject(String name, Map<String, String> digests) {}

  /**
   * The statement, compact.
   *
   * @throws IllegalArgumentException if the values name no image
   */
  public static byte[] of(ReferenceValues values) {
    Set<Subject> subjects = new LinkedHashSet<>();
    for (Release release : values.releases()) {
      release
          .eif()
          .ifPresent(eif -> subjects.add(new Subject(
              values.application() + " " + release.name() + ".eif",
              ReferenceValuesWriter.eifDigests(eif))));
      release
          .image()
          .ifPresent(
              image -> subjects.add(new Subject(image.name(), Map.of("sha256", hex(image)))));
    }
    if (subjects.isEmpty()) {
      throw new IllegalArgumentException("no release names its enclave image file or container"
          + " image, so there is nothing to make a statement about; add one");
    }
    return ReferenceValuesWriter.bytes(json -> write(json, subjects, values));
  }

  private static void write(JsonGenerator json, Set<Subject> subjects, ReferenceValues values)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("_type", TYPE);
    json.writeArrayFieldStart("subject");
    for (Subject subject : subjects) {
      json.writeStartObject();
      json.writeStringField("name", subject.name());
      ReferenceValuesWriter.texts(json, "digest", subject.digests());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringField("predicateType", ReferenceValues.PREDICATE_TYPE);
    json.writeFieldName("predicate");
    ReferenceValuesWriter.write(json, values);
    json.writeEndObject();
  }

  /** The values in a statement whose every subject is an image that they name. */
  public static ReferenceValues read(byte[] payload) throws ReferenceValuesException {
    Fields statement = StrictJson.object(payload, "statement");
    require(statement, "_type", TYPE);
    require(statement, "predicateType", ReferenceValues.PREDICATE_TYPE);
    ReferenceValues values = ReferenceValuesReader.read(statement.object("predicate"));
    Set<String> named = digests(values);
    List<Fields> subjects = statement.objects("subject");
    if (subjects.isEmpty()) {
      throw new ReferenceValuesException(
          Problem.SUBJECT, statement.at("subject") + ": the statement is about nothing");
    }
    for (Fields subject : subjects) {
      if (!isNamed(subject.object("digest"), named)) {
        throw new ReferenceValuesException(
            Problem.SUBJECT,
            subject.at("digest") + ": the statement is about something that no release names");
      }
    }
    return values;
  }

  private static void require(Fields statement, String name, String expected)
      throws ReferenceValuesException {
    if (!statement.text(name).equals(expected)) {
      throw new ReferenceValuesException(
          Problem.STATEMENT, statement.at(name) + ": expected \"" + expected + "\"");
    }
  }

  /** Whether every digest of a kind that releases state is one that a release states. */
  private static boolean isNamed(Fields digest, Set<String> named) throws ReferenceValuesException {
    int found = 0;
    for (String algorithm : List.of("sha256", "sha384")) {
      if (digest.has(algorithm)) {
        if (!named.contains(digest.text(algorithm))) {
          return false;
        }
        found++;
      }
    }
    return found > 0;
  }

  private static Set<String> digests(ReferenceValues values) {
    Set<String> digests = new HashSet<>();
    for (Release release : values.releases()) {
      release.eif().ifPresent(eif -> {
        digests.add(eif.sha256());
        digests.add(eif.sha384());
      });
      release.image().ifPresent(image -> digests.add(hex(image)));
    }
    return digests;
  }

  private static String hex(Release.Image image) {
    return image.digest().substring("sha256:".length());
  }
}
