package io.treza.sdk;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a provider accepts as one of its settings.
 *
 * @param type {@code string}, {@code text} (of several lines), {@code number}, {@code boolean},
 *     {@code select} (one of the options, as text), or what a newer server may add
 * @param required whether a request without it is refused
 * @param options the accepted values of a {@code select}
 * @param pattern a regular expression of ECMAScript that accepted text matches
 * @param min the least accepted number
 * @param max the greatest accepted number
 */
public record ProviderSetting(
    String type,
    boolean required,
    List<String> options,
    Optional<String> pattern,
    OptionalDouble min,
    OptionalDouble max) {

  public ProviderSetting {
    options = List.copyOf(options);
  }

  static ProviderSetting read(Fields fields) {
    Fields validation = fields.object("validation");
    return new ProviderSetting(
        fields.text("type").orElse(""),
        fields.flag("required"),
        fields.optionalList("options", option -> option.text("value").orElse("")),
        validation.text("pattern"),
        validation.decimal("min"),
        validation.decimal("max"));
  }
}
