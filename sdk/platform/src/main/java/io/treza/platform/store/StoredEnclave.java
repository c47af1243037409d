package io.treza.platform.store;

import io.treza.platform.BuiltImage;
import io.treza.platform.LaunchRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * One enclave at one moment. A change makes another of the next version.
 *
 * @param launch what the backend was, or is to be, asked to start; never changes
 * @param wallet whose it is
 * @param asked what its owner says of it: a JSON object by the names of the wire
 * @param status where it is in its life
 * @param attempts how often its launch was begun
 * @param errorMessage why it failed, if it ever did
 * @param built what its launch was last built as, and its evidence must show; empty before
 * @param createdAt to the millisecond
 * @param updatedAt to the millisecond
 * @param version 1 for a new one
 */
public record StoredEnclave(
    LaunchRequest launch,
    String wallet,
    String asked,
    EnclaveStatus status,
    int attempts,
    Optional<String> errorMessage,
    Optional<BuiltImage> built,
    Instant createdAt,
    Instant updatedAt,
    long version)
    implements StoredItem {

  /** Cuts the times to what the wire shows. */
  public StoredEnclave {
    createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
    updatedAt = updatedAt.truncatedTo(ChronoUnit.MILLIS);
  }

  /** A new one that is to be launched. */
  public static StoredEnclave created(
      LaunchRequest launch, String wallet, String asked, Instant now) {
    return new StoredEnclave(
        launch,
        wallet,
        asked,
        EnclaveStatus.PENDING_DEPLOY,
        0,
        Optional.empty(),
        Optional.empty(),
        now,
        now,
        1);
  }

  @Override
  public String id() {
    return launch.enclaveId();
  }

  /** The next version, in another status. */
  public StoredEnclave moved(EnclaveStatus to, Instant now) {
    return next(asked, to, attempts, errorMessage, built, now);
  }

  /** The next version, failed. */
  public StoredEnclave failed(String message, Instant now) {
    return next(asked, EnclaveStatus.FAILED, attempts, Optional.of(message), built, now);
  }

  /** The next version, whose launch begins. */
  public StoredEnclave launching(Instant now) {
    return next(asked, EnclaveStatus.DEPLOYING, attempts + 1, errorMessage, built, now);
  }

  /** The next version, whose launch was given up in good order and does not count. */
  public StoredEnclave launchPostponed(Instant now) {
    return next(asked, EnclaveStatus.PENDING_DEPLOY, attempts - 1, errorMessage, built, now);
  }

  /** The next version, of which its owner says something else. */
  public StoredEnclave described(String json, Instant now) {
    return next(json, status, attempts, errorMessage, built, now);
  }

  /** The next version, whose enclave image was built. */
  public StoredEnclave built(BuiltImage image, Instant now) {
    return next(asked, status, attempts, errorMessage, Optional.of(image), now);
  }

  private StoredEnclave next(
      String json,
      EnclaveStatus to,
      int times,
      Optional<String> message,
      Optional<BuiltImage> image,
      Instant now) {
    return new StoredEnclave(
        launch, wallet, json, to, times, message, image, createdAt, now, version + 1);
  }
}
