package io.treza.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.fleet.FleetMember;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The file that lists the members of a fleet, and nothing it does not know. */
final class FleetFile {
  /** For a file that names no enclave of a platform. */
  static final EvidenceSource NO_PLATFORM = (id, nonce) -> {
    throw new IllegalStateException("no platform is known");
  };

  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();
  private static final String DEFAULT_PATH = "/attestation?nonce={nonce}";

  private final String file;
  private final List<JsonNode> members;

  private FleetFile(String file, List<JsonNode> members) {
    this.file = file;
    this.members = members;
  }

  static FleetFile read(String file) {
    JsonNode root;
    try {
      root = JSON.readTree(Inputs.read(file));
    } catch (JsonProcessingException e) {
      throw new Unusable(
          file + " is no JSON, at line " + e.getLocation().getLineNr() + ": "
              + Printable.text(e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new Unusable(file + " cannot be read: " + e.getMessage(), e);
    }
    JsonNode list = root.path("members");
    if (!list.isArray() || list.isEmpty() || root.size() != 1) {
      throw new Unusable(file + ": expected {\"members\": [...]} with a member at least");
    }
    List<JsonNode> members = new ArrayList<>();
    list.forEach(members::add);
    return new FleetFile(file, members);
  }

  boolean needsPlatform() {
    return members.stream().anyMatch(member -> member.has("enclave"));
  }

  /** The members; enclaves of the platform by the evidence that it shows. */
  List<FleetMember> members(EvidenceSource platform) {
    List<FleetMember> fleet = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      try {
        fleet.add(member(members.get(i), platform));
      } catch (IllegalArgumentException e) {
        throw new Unusable(file + ", member " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return fleet;
  }

  private static FleetMember member(JsonNode member, EvidenceSource platform) {
    Set<String> known =
        member.has("enclave") ? Set.of("enclave") : Set.of("name", "address", "evidence");
    member.fieldNames().forEachRemaining(name -> {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("unknown \"" + Printable.text(name) + "\"");
      }
    });
    if (member.has("enclave")) {
      return new FleetMember.ByEvidence(text(member, "enclave"), platform);
    }
    return new FleetMember.AtAddress(
        text(member, "name"),
        URI.create(text(member, "address")),
        protocol(member.has("evidence") ? text(member, "evidence") : DEFAULT_PATH));
  }

  private static EvidenceProtocol protocol(String words) {
    return words.equals("nitriding")
        ? EvidenceProtocol.nitriding()
        : EvidenceProtocol.template(words, KeyBinding.SPKI_SHA256);
  }

  private static String text(JsonNode member, String name) {
    JsonNode value = member.path(name);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw new IllegalArgumentException("\"" + name + "\" must be a text");
    }
    return value.textValue();
  }
}
