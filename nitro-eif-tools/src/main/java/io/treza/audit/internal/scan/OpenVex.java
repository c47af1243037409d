package io.treza.audit.internal.scan;

import io.treza.audit.AuditException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Statements that vulnerabilities do not matter (OpenVEX 0.2.0 and the 0.0 drafts).
 *
 * <p>A statement counts if its product is the image that was scanned, or is the vulnerable package
 * itself; with subcomponents, one of them must be the package. Of several about the same, the
 * latest counts. That a product merely contains the package is in no scanner's report, so a
 * statement about another product does not count.
 */
final class OpenVex implements Suppression {
  // All of them are kept.
  private static final int MAX_BYTES = 32 << 20;

  /** What a statement is about: names of a product, and of those parts of it that are meant. */
  private record Product(List<String> names, List<String> subcomponents) {}

  private record Statement(
      String place, List<Product> products, String status, String why, Instant time) {}

  private static final Comparator<Statement> BY_TIME = Comparator.comparing(Statement::time);

  private final Map<String, List<Statement>> byVulnerability = new HashMap<>();
  private final List<String> remarks;

  private OpenVex(List<String> remarks) {
    this.remarks = remarks;
  }

  static OpenVex read(List<Path> files, List<String> remarks) throws IOException {
    OpenVex vex = new OpenVex(remarks);
    for (Path file : files) {
      if (Files.isRegularFile(file) && Files.size(file) > MAX_BYTES) {
        throw new AuditException(file + ": over 32 MiB, which no OpenVEX document has; give the"
            + " statements about this image alone");
      }
      vex.new Document(file.toString()).read(file);
    }
    return vex;
  }

  /** Reads one document. */
  private final class Document {
    private final String file;
    private final Map<String, String> head = new HashMap<>();
    private final List<Pending> pending = new ArrayList<>();

    private record Pending(List<String> ids, List<Product> products, Map<String, String> text) {}

    Document(String file) {
      this.file = file;
    }

    void read(Path path) throws IOException {
      JsonStream.read(
          path,
          json -> Map.of(
              "@context",
              () -> {
                if (json.isString()) {
                  head.put("context", json.string());
                } else {
                  json.skip();
                }
              },
              "timestamp",
              json.into(head, "timestamp"),
              "last_updated",
              json.into(head, "updated"),
              "statements",
              () -> json.array(() -> statement(json))));
      if (!head.getOrDefault("context", "").contains("openvex")) {
        throw new AuditException(
            file + ": is no OpenVEX document; its @context must name openvex.dev");
      }
      for (int i = 0; i < pending.size(); i++) {
        add(file + ": statement " + (i + 1), pending.get(i));
      }
    }

    private void statement(JsonStream json) throws IOException {
      Pending statement = new Pending(new ArrayList<>(), new ArrayList<>(), new HashMap<>());
      JsonStream.Value id = () -> statement.ids().add(json.string());
      json.object(Map.of(
          "vulnerability",
              () -> {
                if (json.isObject()) {
                  json.object(Map.of(
                      "name", id,
                      "@id", id,
                      "aliases", () -> statement.ids().addAll(json.strings())));
                } else {
                  id.read();
                }
              },
          "products", () -> json.array(() -> statement.products().add(product(json))),
          "status", json.into(statement.text(), "status"),
          "justification", json.into(statement.text(), "justification"),
          "impact_statement", json.into(statement.text(), "impact"),
          "timestamp", json.into(statement.text(), "timestamp")));
      pending.add(statement);
    }

    private Product product(JsonStream json) throws IOException {
      Product product = new Product(new ArrayList<>(), new ArrayList<>());
      component(json, product.names(), product.subcomponents());
      return product;
    }

    private void component(JsonStream json, List<String> names, List<String> parts)
        throws IOException {
      if (!json.isObject()) {
        names.add(json.string());
        return;
      }
      json.object(Map.of(
          "@id", () -> names.add(json.string()),
          "identifiers", () -> json.object(Map.of("purl", () -> names.add(json.string()))),
          "subcomponents", () -> json.array(() -> component(json, parts, new ArrayList<>()))));
    }

    private void add(String place, Pending statement) throws AuditException {
      String status = statement.text().getOrDefault("status", "");
      if (!List.of("not_affected", "affected", "fixed", "under_investigation").contains(status)) {
        throw new AuditException(place + ": \"" + status + "\" is no status of OpenVEX");
      }
      String why = statement.text().getOrDefault("justification", "");
      if (why.isEmpty()) {
        why = statement.text().getOrDefault("impact", "");
      }
      if (status.equals("not_affected") && why.isEmpty()) {
        remarks.add(place + " says not_affected without a justification, and does not count");
        return;
      }
      Instant time = Times.parse(statement.text().getOrDefault("timestamp", ""))
          .or(() -> Times.parse(head.getOrDefault("updated", "")))
          .or(() -> Times.parse(head.getOrDefault("timestamp", "")))
          .orElse(Instant.EPOCH);
      Statement complete = new Statement(place, statement.products(), status, why, time);
      for (String id : statement.ids()) {
        byVulnerability.computeIfAbsent(id, k -> new ArrayList<>()).add(complete);
      }
    }
  }

  @Override
  public Optional<String> by(Problem problem, Artifact artifact) {
    if (problem.kind() != Problem.Kind.VULNERABILITY) {
      return Optional.empty();
    }
    Optional<Statement> latest = Optional.empty();
    List<String> ids = new ArrayList<>(problem.aliases());
    ids.add(problem.id());
    for (String id : ids) {
      for (Statement statement : byVulnerability.getOrDefault(id, List.of())) {
        boolean later = latest.map(l -> BY_TIME.compare(l, statement) <= 0).orElse(true);
        if (later && statement.products().stream().anyMatch(p -> covers(p, problem, artifact))) {
          latest = Optional.of(statement);
        }
      }
    }
    return latest
        .filter(s -> s.status().equals("not_affected") || s.status().equals("fixed"))
        .map(s -> s.place() + " (" + s.status() + (s.why().isEmpty() ? "" : ": " + s.why()) + ")");
  }

  private static boolean covers(Product product, Problem problem, Artifact artifact) {
    boolean image = product.names().stream().anyMatch(name -> isImage(name, artifact));
    return product.subcomponents().isEmpty()
        ? image || isPackage(product.names(), problem)
        : image && isPackage(product.subcomponents(), problem);
  }

  private static boolean isPackage(List<String> names, Problem problem) {
    List<PackageUrl> urls =
        names.stream().flatMap(name -> PackageUrl.parse(name).stream()).toList();
    return Suppression.purl(urls).test(problem);
  }

  private static boolean isImage(String name, Artifact artifact) {
    Optional<PackageUrl> url = PackageUrl.parse(name);
    if (url.isEmpty()) {
      return artifact.digests().contains(Digests.of(name)) || artifact.name().equals(name);
    }
    PackageUrl image = url.get();
    if (!image.type().equals("oci")) {
      return false;
    }
    return image.version().isEmpty()
        ? isRepository(image, artifact.name())
        : artifact.digests().contains(image.version())
            || artifact.imageId().filter(image.version()::equals).isPresent();
  }

  /** Whether the image's name without tag and digest is the one that the package URL states. */
  private static boolean isRepository(PackageUrl image, String name) {
    String bare = name.replaceFirst("@.*", "").replaceFirst(":[^/:]*$", "");
    Optional<String> stated = Optional.ofNullable(image.qualifiers().get("repository_url"));
    return stated.isPresent()
        ? bare.equals(stated.get().replaceFirst("^index[.]", ""))
        : bare.substring(bare.lastIndexOf('/') + 1).equals(image.name());
  }
}
