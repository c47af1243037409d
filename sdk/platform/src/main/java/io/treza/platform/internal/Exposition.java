package io.treza.platform.internal;

import java.util.Map;

/**
 * Prometheus' text format 0.0.4, as much of it as this server needs: see "Exposition formats" in
 * Prometheus' documentation.
 */
final class Exposition {
  /** The media type. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  /** Begins a family of samples, all of which follow. */
  void family(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  void sample(String name, Map<String, String> labels, Number value) {
    text.append(name);
    char separator = '{';
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text.append(separator).append(label.getKey()).append("=\"");
      text.append(escaped(label.getValue())).append('"');
      separator = ',';
    }
    text.append(labels.isEmpty() ? " " : "} ").append(number(value)).append('\n');
  }

  /** As Go reads it, which takes what Java writes, infinity apart. */
  static String number(Number value) {
    return value.equals(Double.POSITIVE_INFINITY) ? "+Inf" : value.toString();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
