package io.treza.audit.internal.scan;

import io.treza.audit.AuditException;
import io.treza.audit.internal.yaml.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Trivy's and Grype's ignore files: {@code .trivyignore}, its YAML form, and {@code .grype.yaml}. */
final class IgnoreFile {
  private static final Map<String, Optional<Problem.Kind>> TRIVY = Map.of(
      "vulnerabilities", Optional.of(Problem.Kind.VULNERABILITY),
      "misconfigurations", Optional.of(Problem.Kind.MISCONFIGURATION),
      "secrets", Optional.of(Problem.Kind.SECRET),
      "licenses", Optional.empty());
  private static final List<String> TRIVY_FIELDS =
      List.of("id", "paths", "purls", "expired_at", "statement");
  private static final List<String> GRYPE_FIELDS = List.of(
      "vulnerability",
      "include-aliases",
      "reason",
      "namespace",
      "fix-state",
      "package",
      "match-type",
      "vex-status",
      "vex-justification");
  private static final Map<String, Function<Problem, String>> GRYPE_PACKAGE = Map.of(
      "version", problem -> problem.part().version(),
      "language", problem -> problem.part().language(),
      "type", problem -> problem.part().type());
  private static final List<String> GRYPE_PACKAGE_FIELDS =
      List.of("name", "version", "language", "type", "location", "upstream-name");

  private final Instant now;
  private final List<Suppression> rules;
  private final List<String> remarks;

  private IgnoreFile(Instant now, List<Suppression> rules, List<String> remarks) {
    this.now = now;
    this.rules = rules;
    this.remarks = remarks;
  }

  static void read(Path file, Instant now, List<Suppression> rules, List<String> remarks)
      throws IOException {
    IgnoreFile reader = new IgnoreFile(now, rules, remarks);
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (!name.endsWith(".yaml") && !name.endsWith(".yml")) {
      reader.lines(file.toString(), Setting.text(file));
      return;
    }
    Setting root = Setting.read(file);
    Map<String, Setting> members = root.members();
    if (members.containsKey("ignore")) {
      reader.grype(members.get("ignore"));
    } else if (!members.isEmpty() && TRIVY.keySet().containsAll(members.keySet())) {
      reader.trivy(members);
    } else {
      throw root.error(
          "expected Trivy's vulnerabilities, secrets or misconfigurations, or Grype's" + " ignore");
    }
  }

  /** One id a line, with a date after which it counts again: {@code CVE-1 exp:2027-01-31}. */
  private void lines(String file, String text) throws AuditException {
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String[] words = line.strip().split("\\s+");
      if (words[0].isEmpty() || words[0].startsWith("#")) {
        continue;
      }
      String place = file + ": line " + number;
      boolean expired = false;
      for (int i = 1; i < words.length; i++) {
        if (words[i].startsWith("exp:")) {
          expired |= expired(place, words[0], words[i].substring("exp:".length()));
        }
      }
      if (!expired) {
        rules.add(Suppression.of(place, Suppression.id(words[0])));
      }
    }
  }

  /** Trivy counts a finding again from the start of that day, in UTC. */
  private boolean expired(String place, String what, String date) throws AuditException {
    try {
      Instant end = LocalDate.parse(date.length() > 10 ? date.substring(0, 10) : date)
          .atStartOfDay(ZoneOffset.UTC)
          .toInstant();
      if (end.isBefore(now)) {
        remarks.add(place + " for " + what + " expired on " + date);
        return true;
      }
      return false;
    } catch (DateTimeException e) {
      throw new AuditException(place + ": \"" + date + "\" is no date like 2027-01-31", e);
    }
  }

  private void trivy(Map<String, Setting> members) throws AuditException {
    for (Map.Entry<String, Setting> member : members.entrySet()) {
      Optional<Problem.Kind> kind = TRIVY.getOrDefault(member.getKey(), Optional.empty());
      if (kind.isPresent()) {
        for (Setting item : member.getValue().items()) {
          trivy(kind.get(), item);
        }
      }
    }
  }

  private void trivy(Problem.Kind kind, Setting item) throws AuditException {
    Map<String, Setting> fields = item.members(TRIVY_FIELDS);
    Setting paths = fields.get("paths");
    Setting purls = fields.get("purls");
    Setting id = fields.get("id");
    if (id == null && paths == null && purls == null) {
      throw item.error("expected an id, or paths or purls");
    }
    Predicate<Problem> test = problem -> problem.kind() == kind;
    if (id != null) {
      test = test.and(Suppression.id(id.text()));
    }
    if (paths != null) {
      test = test.and(Suppression.path(paths.texts()));
    }
    if (purls != null) {
      List<PackageUrl> urls = new ArrayList<>();
      for (Setting purl : purls.items()) {
        urls.add(PackageUrl.parse(purl.text())
            .orElseThrow(() -> purl.error("expected a package URL like pkg:npm/debug")));
      }
      test = test.and(Suppression.purl(urls));
    }
    Setting expiry = fields.get("expired_at");
    if (expiry == null || !expired(item.place(), id == null ? "paths" : id.text(), expiry.text())) {
      rules.add(Suppression.of(item.place() + statement(fields.get("statement")), test));
    }
  }

  private void grype(Setting ignore) throws AuditException {
    for (Setting item : ignore.items()) {
      Map<String, Setting> fields = item.members(GRYPE_FIELDS);
      if (fields.containsKey("vex-status") || fields.containsKey("vex-justification")) {
        remarks.add(item.place() + " is a rule about VEX, which is not applied here; give --vex");
        continue;
      }
      rules.add(Suppression.of(item.place() + statement(fields.get("reason")), test(item, fields)));
    }
  }

  private static Predicate<Problem> test(Setting item, Map<String, Setting> fields)
      throws AuditException {
    List<Predicate<Problem>> tests = new ArrayList<>();
    Setting id = fields.get("vulnerability");
    if (id != null) {
      String wanted = id.text();
      Setting aliases = fields.get("include-aliases");
      boolean any = aliases != null && aliases.bool();
      tests.add(p -> p.id().equals(wanted) || (any && p.aliases().contains(wanted)));
    }
    equal(tests, fields.get("namespace"), Problem::namespace);
    equal(tests, fields.get("fix-state"), Problem::fixState);
    Setting type = fields.get("match-type");
    if (type != null) {
      String wanted = type.text();
      tests.add(problem -> problem.matchTypes().contains(wanted));
    }
    Setting part = fields.get("package");
    if (part != null) {
      packageTests(tests, part.members(GRYPE_PACKAGE_FIELDS));
    }
    if (tests.isEmpty()) {
      throw item.error("a rule without a condition would leave out everything");
    }
    return problem -> tests.stream().allMatch(test -> test.test(problem));
  }

  private static void packageTests(List<Predicate<Problem>> tests, Map<String, Setting> fields)
      throws AuditException {
    for (Map.Entry<String, Function<Problem, String>> field : GRYPE_PACKAGE.entrySet()) {
      equal(tests, fields.get(field.getKey()), field.getValue());
    }
    Setting name = fields.get("name");
    if (name != null) {
      Pattern pattern = pattern(name);
      tests.add(problem -> pattern.matcher(problem.part().name()).matches());
    }
    Setting upstream = fields.get("upstream-name");
    if (upstream != null) {
      Pattern pattern = pattern(upstream);
      tests.add(
          p -> p.part().upstreams().stream().anyMatch(u -> pattern.matcher(u).matches()));
    }
    Setting location = fields.get("location");
    if (location != null) {
      tests.add(Suppression.path(List.of(location.text())));
    }
  }

  /** Grype takes names of packages as regular expressions. */
  private static Pattern pattern(Setting name) throws AuditException {
    try {
      return Pattern.compile(name.text());
    } catch (PatternSyntaxException e) {
      throw name.error("\"" + name.text() + "\" is no regular expression: " + e.getDescription());
    }
  }

  private static void equal(
      List<Predicate<Problem>> tests, @Nullable Setting setting, Function<Problem, String> of)
      throws AuditException {
    if (setting != null) {
      String wanted = setting.text();
      tests.add(problem -> of.apply(problem).equals(wanted));
    }
  }

  private static String statement(@Nullable Setting statement) throws AuditException {
    return statement == null ? "" : " (" + statement.text() + ")";
  }
}
