package io.treza.platform;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes backends of a kind that is in a library of its own; for programs that find it by {@link
 * java.util.ServiceLoader}, as the {@code treza} command does. Others call that library.
 */
public interface EnclaveBackendProvider {
  /** Which kind, for example {@code ec2}. */
  String kind();

  /**
   * A backend.
   *
   * @param settings in the kind's own words, by name
   * @param images where container images lie
   * @param data where it keeps its own files
   * @throws IllegalArgumentException if a setting is missing, unknown or wrong; the message says
   *     which
   * @throws IOException if it cannot be used here
   */
  EnclaveBackend open(Map<String, String> settings, Path images, Path data) throws IOException;
}
