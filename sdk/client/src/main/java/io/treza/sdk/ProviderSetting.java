package io.treza.sdk;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One setting of a provider, as it describes it.
 *
 * @param type {@code string}, {@code text}, {@code number}, {@code boolean} or {@code select}
 * @param label for people
 * @param description for people
 * @param required whether it must be given
 * @param options what a {@code select} can be; empty for the other types
 * @param min the least number
 * @param max the greatest number
 * @param pattern an ECMAScript regular expression for a text
 * @param defaultValue what a form starts with; the platform does not fill it in
 */
public record ProviderSetting(
    String type,
    Optional<String> label,
    Optional<String> description,
    boolean required,
    List<Option> options,
    OptionalDouble min,
    OptionalDouble max,
    Optional<String> pattern,
    Optional<Object> defaultValue) {

  public ProviderSetting {
    options = List.copyOf(options);
  }

  /**
   * One value a {@code select} can have.
   *
   * @param value as on the wire
   * @param label for people
   */
  public record Option(String value, Optional<String> label) {}

  static ProviderSetting read(Fields fields) {
    Fields validation = fields.object("validation");
    return new ProviderSetting(
        fields.text("type").orElse(""),
        fields.text("label"),
        fields.text("description"),
        fields.flag("required"),
        fields.optionalList(
            "options", option -> new Option(option.text("value").orElse(""), option.text("label"))),
        validation.decimal("min"),
        validation.decimal("max"),
        validation.text("pattern"),
        fields.plain("defaultValue"));
  }
}
