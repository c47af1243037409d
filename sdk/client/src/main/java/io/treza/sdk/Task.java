package io.treza.sdk;

import java.time.Instant;
import java.util.Optional;

/**
 * The platform's record of something to do in an enclave by a schedule.
 *
 * @param id for example {@code task_1795408854808_6udoprgt8}
 * @param name what people call it
 * @param status where the platform says it is
 * @param description what it is for
 * @param enclaveId where it runs
 * @param schedule as given; the platform does not read it
 * @param walletAddress the owner
 * @param createdAt when the record was made
 * @param updatedAt when it was last changed
 * @param lastRun when it was last set running
 */
public record Task(
    String id,
    String name,
    TaskStatus status,
    Optional<String> description,
    Optional<String> enclaveId,
    Optional<String> schedule,
    Optional<String> walletAddress,
    Optional<Instant> createdAt,
    Optional<Instant> updatedAt,
    Optional<Instant> lastRun) {

  static Task read(Fields fields) {
    return new Task(
        fields.required("id"),
        fields.required("name"),
        new TaskStatus(fields.required("status")),
        fields.text("description"),
        fields.text("enclaveId"),
        fields.text("schedule"),
        fields.text("walletAddress"),
        fields.instant("createdAt"),
        fields.instant("updatedAt"),
        fields.instant("lastRun"));
  }
}
