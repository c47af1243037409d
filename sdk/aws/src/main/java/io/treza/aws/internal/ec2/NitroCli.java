package io.treza.aws.internal.ec2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads what nitro-cli prints: JSON on standard output, and {@code [ E27 ] ...} on standard error.
 * All of it is the parent instance's word and no evidence.
 */
final class NitroCli {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern ERROR = Pattern.compile("\\[ (E[0-9]{2}) \\]");
  private static final int MOST_SAID = 400;
  /** How {@code parent.sh} begins the ends of what else was written down. */
  private static final Pattern LOGS = Pattern.compile("treza: [A-Za-z0-9_.-]+ ends: ");

  private static final Map<String, String> REMEDIES = Map.of(
      "E22",
      "not enough cores are set apart for enclaves, on one NUMA node; ask for fewer vCPUs or a"
          + " larger instance type (an instance has at most four enclaves, and this one is meant for"
          + " one)",
      "E26",
      "the enclave's memory is less than four times its image's size; ask for more memory, or make"
          + " the image smaller",
      "E27",
      "not enough huge pages are set apart on one NUMA node, perhaps because memory was already"
          + " fragmented; ask for less memory, or take a larger instance type",
      "E35",
      "nitro-cli cannot read the enclave image, or has no huge pages to read it into; look whether"
          + " nitro-enclaves-allocator.service runs on the instance",
      "E36",
      "the enclave did not boot: its kernel, init or application ended, or its heartbeat did not"
          + " come; boot the same image with --backend qemu, whose console says why",
      "E39",
      "the enclave's process on the instance has ended");

  private NitroCli() {}

  /**
   * An enclave that runs.
   *
   * @param id {@code i-...-enc...}
   * @param debug whether it runs in debug mode
   */
  record Running(String id, boolean debug) {}

  /**
   * The registers that {@code describe-eif} computed, by name, for example {@code PCR0}, in lower
   * case.
   */
  static Map<String, String> measurements(String printed) throws IOException {
    JsonNode measurements = parsed(printed, "describe-eif").path("Measurements");
    Map<String, String> registers = new TreeMap<>();
    measurements.properties().forEach(field -> {
      if (field.getKey().startsWith("PCR")) {
        registers.put(field.getKey(), field.getValue().asText().toLowerCase(Locale.ROOT));
      }
    });
    return registers;
  }

  /** The enclave of this name in what {@code describe-enclaves} printed. */
  static Optional<Running> find(String printed, String name) throws IOException {
    JsonNode enclaves = parsed(printed, "describe-enclaves");
    for (JsonNode enclave : enclaves) {
      if (enclave.path("EnclaveName").asText().equals(name)
          && enclave.path("State").asText().equals("RUNNING")) {
        return Optional.of(new Running(
            enclave.path("EnclaveID").asText(),
            enclave.path("Flags").asText().contains("DEBUG_MODE")));
      }
    }
    return Optional.empty();
  }

  /** What there is to be done about what it said. */
  static String explain(String stderr) {
    List<String> logs = new ArrayList<>();
    StringBuilder said = new StringBuilder();
    stderr.lines().forEach(line -> {
      if (LOGS.matcher(line).lookingAt()) {
        logs.add(line.strip());
      } else {
        said.append(line).append(' ');
      }
    });
    return remedy(said.toString().strip()) + logs.stream()
        .map(line -> "; " + line.substring("treza: ".length()))
        .collect(Collectors.joining());
  }

  private static String remedy(String said) {
    Matcher error = ERROR.matcher(said);
    while (error.find()) {
      String remedy = REMEDIES.getOrDefault(error.group(1), "");
      if (!remedy.isEmpty()) {
        return "nitro-cli " + error.group(1) + ": " + remedy;
      }
    }
    return said.isEmpty()
        ? "and said nothing"
        : said.substring(Math.max(0, said.length() - MOST_SAID)).replaceAll("\\p{Cntrl}+", " ");
  }

  private static JsonNode parsed(String printed, String command) throws IOException {
    try {
      return JSON.readTree(printed);
    } catch (JsonProcessingException e) {
      throw new IOException("what nitro-cli " + command + " printed is no JSON, or only part of it"
          + " (" + printed.length() + " characters); look at it on the instance");
    }
  }
}
