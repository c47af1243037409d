package io.treza.sdk;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who can run enclaves for the platform, and what can be set.
 *
 * @param id for example {@code aws-nitro}
 * @param name for people
 * @param description for people
 * @param icon an address of a picture
 * @param regions where it can run them
 * @param configSchema its settings by name, in order
 */
public record Provider(
    String id,
    Optional<String> name,
    Optional<String> description,
    Optional<String> icon,
    List<String> regions,
    Map<String, ProviderSetting> configSchema) {

  public Provider {
    regions = List.copyOf(regions);
    configSchema = Collections.unmodifiableMap(new LinkedHashMap<>(configSchema));
  }

  static Provider read(Fields fields) {
    Map<String, ProviderSetting> settings = new LinkedHashMap<>();
    Fields schema = fields.object("configSchema");
    schema
        .names()
        .forEach(setting -> settings.put(setting, ProviderSetting.read(schema.object(setting))));
    return new Provider(
        fields.required("id"),
        fields.text("name"),
        fields.text("description"),
        fields.text("icon"),
        fields.texts("regions"),
        settings);
  }
}
