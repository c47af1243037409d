package io.treza.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one successful answer of the API into values. Fields it does not know are ignored; without
 * the few it cannot do without, the answer is unexpected.
 */
final class Answers {
  // "0", "pcr0" and "PCR0" are all in use.
  private static final Pattern REGISTER = Pattern.compile("(?:PCR|pcr)?([0-9]|[12][0-9]|3[01])");

  private final String where;
  private final Http.Answer answer;
  private final JsonNode body;

  Answers(String where, Http.Answer answer) {
    this.where = where;
    this.answer = answer;
    this.body = Json.lenient(answer.body());
    if (!body.isObject()) {
      throw Failures.unexpected(where, answer, "the answer is not a JSON object");
    }
  }

  Enclave enclave() {
    return enclave(body.path("enclave"));
  }

  List<Enclave> enclaves() {
    if (!body.path("enclaves").isArray()) {
      throw Failures.unexpected(where, answer, "the answer has no list \"enclaves\"");
    }
    List<Enclave> enclaves = new ArrayList<>();
    body.path("enclaves").forEach(node -> enclaves.add(enclave(node)));
    return List.copyOf(enclaves);
  }

  private Enclave enclave(JsonNode node) {
    Map<String, Object> config = new LinkedHashMap<>();
    node.path("providerConfig").properties().forEach(entry -> {
      if (!entry.getValue().isNull()) {
        config.put(entry.getKey(), Json.plain(entry.getValue()));
      }
    });
    return new Enclave(
        required(node, "id"),
        new EnclaveStatus(required(node, "status")),
        Json.text(node, "name"),
        Json.text(node, "description"),
        Json.text(node, "region"),
        Json.text(node, "providerId"),
        Json.text(node, "walletAddress"),
        config,
        Json.instant(node, "createdAt"),
        Json.instant(node, "updatedAt"),
        Json.text(node, "error_message"));
  }

  AttestationClaim attestation() {
    JsonNode document = body.path("attestationDocument");
    JsonNode verification = body.path("verification");
    JsonNode score = verification.path("integrityScore");
    return new AttestationClaim(
        pcrs(document.path("pcrs")),
        Json.text(verification, "verificationStatus"),
        Json.text(verification, "trustLevel"),
        score.canConvertToInt() ? OptionalInt.of(score.intValue()) : OptionalInt.empty(),
        Json.text(document, "document").map(this::decoded));
  }

  VerificationClaim verification() {
    return new VerificationClaim(
        required(body, "enclaveId"),
        body.path("isVerified").asBoolean(false),
        new EnclaveStatus(required(body, "status")),
        Json.text(body, "trustLevel"),
        Json.instant(body, "lastVerified"));
  }

  List<Provider> providers() {
    if (!body.path("providers").isArray()) {
      throw Failures.unexpected(where, answer, "the answer has no list \"providers\"");
    }
    List<Provider> providers = new ArrayList<>();
    body.path("providers").forEach(node -> providers.add(provider(node)));
    return List.copyOf(providers);
  }

  private Provider provider(JsonNode node) {
    List<String> regions = new ArrayList<>();
    node.path("regions").forEach(region -> regions.add(region.asText()));
    Map<String, ProviderSetting> schema = new LinkedHashMap<>();
    node.path("configSchema")
        .properties()
        .forEach(e -> schema.put(e.getKey(), setting(e.getValue())));
    return new Provider(
        required(node, "id"),
        Json.text(node, "name").orElse(""),
        Json.text(node, "description").orElse(""),
        regions,
        schema);
  }

  private static ProviderSetting setting(JsonNode node) {
    List<String> options = new ArrayList<>();
    node.path("options").forEach(option -> options.add(option.path("value").asText()));
    JsonNode validation = node.path("validation");
    return new ProviderSetting(
        Json.text(node, "type").orElse(""),
        node.path("required").asBoolean(false),
        options,
        Json.text(validation, "pattern"),
        number(validation, "min"),
        number(validation, "max"));
  }

  private static OptionalDouble number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isNumber() ? OptionalDouble.of(value.doubleValue()) : OptionalDouble.empty();
  }

  private byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw Failures.unexpected(where, answer, "\"attestationDocument.document\" is not base64");
    }
  }

  private static SortedMap<Integer, String> pcrs(JsonNode node) {
    SortedMap<Integer, String> pcrs = new TreeMap<>();
    node.properties().forEach(entry -> {
      Matcher register = REGISTER.matcher(entry.getKey());
      if (register.matches() && entry.getValue().isTextual()) {
        String hex = entry.getValue().textValue().toLowerCase(Locale.ROOT);
        pcrs.put(
            Integer.parseInt(register.group(1)), hex.startsWith("0x") ? hex.substring(2) : hex);
      }
    });
    return pcrs;
  }

  private String required(JsonNode node, String field) {
    Optional<String> value = Json.text(node, field);
    return value.orElseThrow(
        () -> Failures.unexpected(where, answer, "the answer has no text \"" + field + "\""));
  }
}
