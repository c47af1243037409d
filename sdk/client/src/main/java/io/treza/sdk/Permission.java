package io.treza.sdk;

/**
 * What an API key may do. An open set: platforms differ in what they know.
 *
 * @param value as on the wire
 */
public record Permission(String value) {
  /** Read enclaves. */
  public static final Permission ENCLAVES_READ = new Permission("enclaves:read");

  /** Create, change and remove enclaves. */
  public static final Permission ENCLAVES_WRITE = new Permission("enclaves:write");

  /** Read tasks. */
  public static final Permission TASKS_READ = new Permission("tasks:read");

  /** Create, change and remove tasks. */
  public static final Permission TASKS_WRITE = new Permission("tasks:write");

  /** Read logs. */
  public static final Permission LOGS_READ = new Permission("logs:read");

  /** Redact texts. */
  public static final Permission REDACT_RUN = new Permission("redact:run");

  /** Send chats to a model through redaction. */
  public static final Permission REDACT_PROXY = new Permission("redact:proxy");

  /** Read the log of redactions. */
  public static final Permission REDACT_LOG = new Permission("redact:log");

  @Override
  public String toString() {
    return value;
  }
}
