package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.publish.Publication;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When a file of reference values is issued, for how long, and where it is written. */
final class PublicationOptions {
  @Option(
      names = "--issued-at",
      paramLabel = "INSTANT",
      description = {
        "When it is published, as 2026-11-23T10:15:30Z; SOURCE_DATE_EPOCH if that is set, or now.",
        "The same input and time give the same bytes."
      })
  private @Nullable String issuedAt;

  @Option(
      names = "--expires-in",
      paramLabel = "D",
      converter = Durations.class,
      description = "How long it is accepted: 90d, 12h. Default 90d.")
  private Duration lifetime = Duration.ofDays(90);

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it; over the file itself unless given.")
  private @Nullable Path output;

  Publication publication() {
    return new Publication(issuedAt(), lifetime);
  }

  private Instant issuedAt() {
    String epoch = System.getenv("SOURCE_DATE_EPOCH");
    try {
      if (issuedAt != null) {
        return OffsetDateTime.parse(issuedAt).toInstant();
      }
      return epoch == null ? Instant.now() : Instant.ofEpochSecond(Long.parseLong(epoch));
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new Unusable(
          "--issued-at takes an instant like 2026-11-23T10:15:30Z, and"
              + " SOURCE_DATE_EPOCH seconds since 1970, not \""
              + (issuedAt != null ? issuedAt : epoch)
              + "\"",
          e);
    }
  }

  void write(ReferenceValues values, String file) throws IOException {
    OutputFile.write(output == null ? Path.of(file) : output, values.toJson());
  }
}
