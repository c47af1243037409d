package io.treza.platform.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A task that somebody noted for an enclave; the platform keeps tasks and runs none.
 *
 * @param id {@code task_} and more
 * @param wallet whose it is
 * @param name as its owner wrote it
 * @param description as its owner wrote it
 * @param enclaveId as its owner wrote it
 * @param schedule as its owner wrote it
 * @param status for example {@code pending}
 * @param lastRun when its status was last set to running, to the millisecond
 * @param createdAt to the millisecond
 * @param updatedAt to the millisecond
 * @param version 1 for a new one
 */
public record StoredTask(
    String id,
    String wallet,
    String name,
    String description,
    String enclaveId,
    String schedule,
    String status,
    Optional<Instant> lastRun,
    Instant createdAt,
    Instant updatedAt,
    long version)
    implements StoredItem {

  /** Cuts the times to what the wire shows. */
  public StoredTask {
    lastRun = lastRun.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
    createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
    updatedAt = updatedAt.truncatedTo(ChronoUnit.MILLIS);
  }
}
