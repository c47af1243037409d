package io.treza.sdk;

/**
 * A task to be recorded; no part may be empty.
 *
 * @param enclaveId where it is to run
 * @param name what people call it
 * @param description what it is for
 * @param schedule for example {@code 0 * * * *}
 */
public record CreateTaskRequest(
    String enclaveId, String name, String description, String schedule) {

  public CreateTaskRequest {
    CreateEnclaveRequest.required("enclaveId", enclaveId);
    CreateEnclaveRequest.required("name", name);
    CreateEnclaveRequest.required("description", description);
    CreateEnclaveRequest.required("schedule", schedule);
  }

  /** A task of this enclave. */
  public static Builder builder(String enclaveId) {
    return new Builder(enclaveId);
  }

  /** Collects the parts; all are required. */
  public static final class Builder {
    private final String enclaveId;
    private String name = "";
    private String description = "";
    private String schedule = "";

    private Builder(String enclaveId) {
      this.enclaveId = enclaveId;
    }

    /** What people call it. */
    public Builder name(String text) {
      this.name = text;
      return this;
    }

    /** What it is for. */
    public Builder description(String text) {
      this.description = text;
      return this;
    }

    /** When it is to run, for example {@code 0 * * * *}. */
    public Builder schedule(String text) {
      this.schedule = text;
      return this;
    }

    /**
     * The request.
     *
     * @throws IllegalArgumentException if a part is missing
     */
    public CreateTaskRequest build() {
      return new CreateTaskRequest(enclaveId, name, description, schedule);
    }
  }
}
