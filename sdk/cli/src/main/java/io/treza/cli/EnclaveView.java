package io.treza.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.sdk.Enclave;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Shows the platform's records of enclaves: for people, or as JSON with the names of the API.
 * Environment variables, which may hold secrets, are never shown.
 */
final class EnclaveView {
  private static final String ENVIRONMENT = "environmentVariables";
  private static final List<String> COLUMNS = List.of("ID", "STATUS", "NAME", "REGION", "CREATED");

  private final PrintWriter out;
  private final boolean json;

  EnclaveView(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  void one(Enclave enclave) {
    if (json) {
      out.println(node(enclave));
      return;
    }
    line("id", enclave.id());
    line("status", enclave.status().toString());
    enclave.errorMessage().ifPresent(message -> line("error", message));
    enclave.name().ifPresent(name -> line("name", name));
    enclave.description().ifPresent(text -> line("description", text));
    enclave.providerId().ifPresent(provider -> line("provider", provider));
    enclave.region().ifPresent(region -> line("region", region));
    enclave.walletAddress().ifPresent(wallet -> line("wallet", wallet));
    enclave.createdAt().ifPresent(time -> line("created", time.toString()));
    config(enclave).forEach((name, value) -> line(name, value.toString()));
    new TreeMap<>(enclave.endpoints())
        .forEach((port, address) -> line("endpoint", port + " at " + Addresses.text(address)));
  }

  void all(List<Enclave> enclaves) {
    if (json) {
      enclaves.forEach(this::one);
      return;
    }
    List<List<String>> rows = enclaves.stream().map(EnclaveView::row).toList();
    int[] widths = IntStream.range(0, COLUMNS.size())
        .map(column -> Math.max(
            COLUMNS.get(column).length(),
            rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0)))
        .toArray();
    row(COLUMNS, widths);
    rows.forEach(row -> row(row, widths));
  }

  private static List<String> row(Enclave enclave) {
    return List.of(
        Printable.text(enclave.id()),
        Printable.text(enclave.status().toString()),
        Printable.text(enclave.name().orElse("")),
        Printable.text(enclave.region().orElse("")),
        enclave.createdAt().map(Instant::toString).orElse(""));
  }

  private void row(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      String cell = cells.get(column);
      line.append(cell).append(" ".repeat(widths[column] - cell.length() + 2));
    }
    out.println(line.toString().stripTrailing());
  }

  private void line(String name, String value) {
    out.println(Printable.text(String.format(Locale.ROOT, "%-13s %s", name, value)));
  }

  private static Map<String, Object> config(Enclave enclave) {
    Map<String, Object> config = new TreeMap<>(enclave.providerConfig());
    config.remove(ENVIRONMENT);
    return config;
  }

  private static ObjectNode node(Enclave enclave) {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode node = mapper.createObjectNode();
    node.put("id", enclave.id());
    node.put("status", enclave.status().toString());
    put(node, "name", enclave.name());
    put(node, "description", enclave.description());
    put(node, "region", enclave.region());
    put(node, "providerId", enclave.providerId());
    put(node, "walletAddress", enclave.walletAddress());
    put(node, "createdAt", enclave.createdAt());
    put(node, "updatedAt", enclave.updatedAt());
    put(node, "error_message", enclave.errorMessage());
    node.set("providerConfig", mapper.valueToTree(config(enclave)));
    if (!enclave.endpoints().isEmpty()) {
      ArrayNode endpoints = node.putArray("endpoints");
      new TreeMap<>(enclave.endpoints())
          .forEach((port, address) ->
              endpoints.addObject().put("port", port).put("address", Addresses.text(address)));
    }
    return node;
  }

  private static void put(ObjectNode node, String name, Optional<?> value) {
    value.ifPresent(v -> node.put(name, v.toString()));
  }
}
