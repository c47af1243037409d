package io.treza.sdk;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * What the platform's redaction service says. Whether it ran in an enclave is its claim; nothing
 * here is evidence.
 */
public final class Redaction {
  private Redaction() {}

  /**
   * A text without what was found in it.
   *
   * @param redacted the text with placeholders
   * @param entities what was replaced
   * @param requestId names the redaction in the log
   * @param mode the platform's word for where it ran, {@code tee} or {@code standard}
   * @param modelVersion what looked
   * @param recognizerVersion what looked
   */
  public record Text(
      String redacted,
      List<Entity> entities,
      Optional<String> requestId,
      Optional<String> mode,
      Optional<String> modelVersion,
      Optional<String> recognizerVersion) {
    static Text read(Fields fields) {
      return new Text(
          fields.required("redacted"),
          fields.optionalList("entities", Entity::read),
          fields.text("requestId"),
          fields.text("mode"),
          fields.text("modelVersion"),
          fields.text("recognizerVersion"));
    }
  }

  /** Something that was replaced: its kind, what stands for it, and where it was in the text. */
  public record Entity(
      Optional<String> type, Optional<String> placeholder, OptionalInt start, OptionalInt end) {
    static Entity read(Fields fields) {
      return new Entity(
          fields.text("type"),
          fields.text("placeholder"),
          fields.integer("start"),
          fields.integer("end"));
    }
  }

  /** One redaction in the log: when, by which route, and how many of which kind were replaced. */
  public record LogEntry(
      Optional<Instant> timestamp,
      Optional<String> requestId,
      Optional<String> source,
      Map<String, Object> entityCountsByType,
      Optional<String> attestationRef) {
    static LogEntry read(Fields fields) {
      return new LogEntry(
          fields.instant("ts"),
          fields.text("requestId"),
          fields.text("source"),
          fields.map("entityCountsByType"),
          fields.text("attestationRef"));
    }
  }

  /** What the service says of the enclave it runs in. Unverified. */
  public record Claim(
      Optional<String> enclaveId,
      Optional<String> region,
      SortedMap<Integer, String> pcrs,
      boolean claimedAttested) {
    static Claim read(Fields fields) {
      return new Claim(
          fields.text("enclaveId"),
          fields.text("region"),
          fields.registers(),
          fields.flag("attested"));
    }
  }

  /**
   * How to send a chat to a model.
   *
   * @param modelKey the model's own API key, if the caller brings one
   * @param proxyId which of the platform's configurations to use
   * @param rehydrate whether to be told what stands for what
   */
  public record ChatOptions(
      Optional<Secret> modelKey, Optional<String> proxyId, boolean rehydrate) {}

  /**
   * A model's answer.
   *
   * @param data as the model's API gives it
   * @param requestId names the redaction in the log
   * @param mode the platform's word for where it ran
   * @param rehydration what was replaced, by placeholder
   */
  public record Chat(
      Map<String, Object> data,
      Optional<String> requestId,
      Optional<String> mode,
      Map<String, Secret> rehydration) {
    /** Without the model's answer, which may say again what was replaced. */
    @Override
    public String toString() {
      return "Chat[requestId=" + requestId.orElse("none") + "]";
    }
  }
}
