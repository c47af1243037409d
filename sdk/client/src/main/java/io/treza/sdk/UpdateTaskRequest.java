package io.treza.sdk;

import java.util.Optional;

/**
 * What a task is to be from now on.
 *
 * @param id which task
 * @param name always sent, as the route wants it
 * @param status always sent, likewise
 * @param description stays if empty
 * @param schedule stays if empty
 */
public record UpdateTaskRequest(
    String id,
    String name,
    TaskStatus status,
    Optional<String> description,
    Optional<String> schedule) {

  /** Starts from what the task is now. */
  public static Builder builder(Task now) {
    return new Builder(now);
  }

  /** Collects the changes. */
  public static final class Builder {
    private final String id;
    private String name;
    private TaskStatus status;
    private Optional<String> description = Optional.empty();
    private Optional<String> schedule = Optional.empty();

    private Builder(Task now) {
      this.id = now.id();
      this.name = now.name();
      this.status = now.status();
    }

    /** What people call it. */
    public Builder name(String text) {
      this.name = text;
      return this;
    }

    /** Where it is. */
    public Builder status(TaskStatus word) {
      this.status = word;
      return this;
    }

    /** What it is for. */
    public Builder description(String text) {
      this.description = Optional.of(text);
      return this;
    }

    /** When it is to run. */
    public Builder schedule(String text) {
      this.schedule = Optional.of(text);
      return this;
    }

    /** The request. */
    public UpdateTaskRequest build() {
      return new UpdateTaskRequest(id, name, status, description, schedule);
    }
  }
}
