package io.treza.sdk;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who runs enclaves for the platform, where, and what it wants to know.
 *
 * @param id for {@link CreateEnclaveRequest#providerId}
 * @param name for people
 * @param description for people
 * @param regions where it runs enclaves; empty if it does not say
 * @param configSchema the settings of {@code providerConfig} by their wire names, in its order
 */
public record Provider(
    String id,
    String name,
    String description,
    List<String> regions,
    Map<String, ProviderSetting> configSchema) {

  public Provider {
    regions = List.copyOf(regions);
    configSchema = Collections.unmodifiableMap(new LinkedHashMap<>(configSchema));
  }

  static Provider read(Fields fields) {
    Map<String, ProviderSetting> settings = new LinkedHashMap<>();
    Fields schema = fields.object("configSchema");
    schema.names().forEach(name -> settings.put(name, ProviderSetting.read(schema.object(name))));
    return new Provider(
        fields.required("id"),
        fields.text("name").orElse(""),
        fields.text("description").orElse(""),
        fields.texts("regions"),
        settings);
  }
}
