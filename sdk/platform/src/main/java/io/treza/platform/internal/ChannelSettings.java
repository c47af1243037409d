package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.eif.Channels;
import io.treza.platform.LaunchRequest;
import io.treza.platform.channel.EgressRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The ports and hosts of an enclave's channels, as {@code providerConfig} has them, texts with commas
 * or spaces between their parts; and whether its image has them.
 */
public final class ChannelSettings {
  private static final String PORTS = "exposePorts";
  private static final String HOSTS = "allowHosts";

  private ChannelSettings() {}

  /**
   * Those of a configuration.
   *
   * @throws IllegalArgumentException if it has others than an enclave can have; the message names them
   */
  static Channels of(JsonNode config) {
    return checked(
        words(config, PORTS).map(ChannelSettings::port).toList(),
        words(config, HOSTS).toList());
  }

  private static Stream<String> words(JsonNode config, String name) {
    JsonNode value = config.path(name);
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw new IllegalArgumentException(name + ": expected a text, with commas between its parts");
    }
    return Stream.of(value.asText("").split("[,\\s]+")).filter(word -> !word.isEmpty());
  }

  private static int port(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(PORTS + ": \"" + word + "\" is no number", e);
    }
  }

  /** What is wrong with a configuration's; empty if nothing is. */
  static List<String> problems(JsonNode config) {
    try {
      Channels unused = of(config);
      return List.of();
    } catch (IllegalArgumentException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Channels that an enclave can have and the parent's side can carry.
   *
   * @throws IllegalArgumentException if these are none; the message names what is wrong
   */
  public static Channels checked(List<Integer> exposedPorts, List<String> allowedHosts) {
    Channels channels = new Channels(exposedPorts, allowedHosts);
    channels.egress().forEach(EgressRule::parse);
    return channels;
  }

  /**
   * Refuses what the image itself does not have: inside nobody would carry it.
   *
   * @throws IOException if there is any; the message names it, and what the image has
   */
  public static void requireOffered(LaunchRequest request, Channels image) throws IOException {
    List<String> ports = new ArrayList<>();
    for (int port : request.exposedPorts()) {
      if (!image.ingress().contains(port)) {
        ports.add(Integer.toString(port));
      }
    }
    refuse(
        PORTS,
        "expose",
        ports,
        image.ingress().stream().map(String::valueOf).toList(),
        "EXPOSE in the image");
    List<EgressRule> rules = image.egress().stream().map(EgressRule::parse).toList();
    refuse(
        HOSTS,
        "allow",
        request.allowedHosts().stream().filter(host -> !within(rules, host)).toList(),
        image.egress(),
        "label " + Channels.EGRESS_LABEL + " of the image");
  }

  private static boolean within(List<EgressRule> rules, String asked) {
    EgressRule rule = EgressRule.parse(asked);
    return rules.stream().anyMatch(has -> has.equals(rule) || has.allows(rule.host(), rule.port()));
  }

  private static void refuse(
      String setting, String verb, List<String> missing, List<String> has, String where)
      throws IOException {
    if (!missing.isEmpty()) {
      throw new IOException(missing.stream().collect(Collectors.joining(", ", setting + ": ", ""))
          + ": the image does not " + verb + " it; "
          + (has.isEmpty() ? "it has none" : "it has " + String.join(", ", has)) + " (" + where
          + ")");
    }
  }
}
