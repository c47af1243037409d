package io.treza.audit.internal.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.AuditException;
import io.treza.audit.AuditPolicy;
import io.treza.audit.AuditPolicy.Action;
import io.treza.audit.AuditPolicy.Rule;
import io.treza.audit.CheckId;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import io.treza.audit.internal.yaml.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The policy file: YAML, or JSON, which is YAML too; what is not known in it is an error. */
public final class PolicyFile {
  private static final List<String> FIELDS = List.of("fail", "scan", "rules");
  private static final List<String> SCAN_FIELDS = List.of("severity", "max-age");
  private static final List<String> RULE_FIELDS =
      List.of("raise", "lower", "accept", "at", "from", "to", "reason", "expires");
  private static final Pattern ID = Pattern.compile("([HPE][0-9]{2})(-[a-z0-9]+)*");
  private static final Pattern AGE = Pattern.compile("([0-9]{1,5})([dh])");
  private static final Set<Result> ANY_WRONG =
      EnumSet.of(Result.INCONCLUSIVE, Result.WARN, Result.FAIL);

  private PolicyFile() {}

  /** Reads a file; what it does not set is as in {@code defaults}. */
  public static AuditPolicy read(Path file, AuditPolicy defaults) throws IOException {
    String text = Setting.text(file);
    Map<String, Setting> fields = Setting.parse(file.toString(), text).members(FIELDS);
    Map<String, Setting> scan =
        fields.containsKey("scan") ? fields.get("scan").members(SCAN_FIELDS) : Map.of();
    Setting age = scan.get("max-age");
    List<Rule> rules = new ArrayList<>();
    if (fields.containsKey("rules")) {
      for (Setting rule : fields.get("rules").items()) {
        rules.add(rule(rule));
      }
    }
    return new AuditPolicy(
        "sha256:" + sha256(text),
        fields.containsKey("fail") ? failing(fields.get("fail")) : defaults.failing(),
        scan.containsKey("severity") ? severity(scan.get("severity")) : defaults.severity(),
        age == null ? defaults.maxScanAge() : age(age),
        age != null,
        rules);
  }

  private static Rule rule(Setting rule) throws AuditException {
    Map<String, Setting> fields = rule.members(RULE_FIELDS);
    List<Action> actions =
        Stream.of(Action.values()).filter(a -> fields.containsKey(word(a))).toList();
    if (actions.size() != 1) {
      throw rule.error("expected one of raise, lower and accept, with the id of a finding");
    }
    Action action = actions.get(0);
    Setting id = required(rule, fields, word(action));
    Setting expires = fields.get("expires");
    if ((expires == null) == (action != Action.RAISE)) {
      throw rule.error(
          action == Action.RAISE
              ? "what is raised does not expire; leave out expires"
              : "expected expires, the last day on which this holds, like 2027-01-31");
    }
    Setting at = fields.get("at");
    Result to = to(action, rule, fields.get("to"));
    return new Rule(
        action,
        id(id),
        at == null ? Optional.empty() : Optional.of(at.text()),
        from(action, to, fields.get("from")),
        to,
        reason(required(rule, fields, "reason")),
        expires == null ? Optional.empty() : Optional.of(date(expires)));
  }

  private static Result to(Action action, Setting rule, @Nullable Setting to)
      throws AuditException {
    if (action == Action.ACCEPT) {
      if (to != null) {
        throw to.error("what is accepted counts as PASS; leave out to, or write lower");
      }
      return Result.PASS;
    }
    if (to == null) {
      throw rule.error("expected to, the result that it counts as");
    }
    Result result = result(to);
    boolean meant = action == Action.RAISE
        ? result.compareTo(Result.PASS) > 0
        : result.compareTo(Result.PASS) >= 0 && result != Result.FAIL;
    if (!meant) {
      throw to.error("to " + word(action) + " something to " + result + " means nothing");
    }
    return result;
  }

  /** What a rule is about unless it says: never what passed. */
  private static Set<Result> from(Action action, Result to, @Nullable Setting from)
      throws AuditException {
    Set<Result> all =
        from == null ? action == Action.RAISE ? EnumSet.of(Result.WARN) : ANY_WRONG : results(from);
    EnumSet<Result> results = EnumSet.noneOf(Result.class);
    for (Result result : all) {
      int order = result.compareTo(to);
      if (action == Action.RAISE ? order < 0 : order > 0) {
        results.add(result);
      } else if (from != null) {
        throw from.error("to count as " + to + " does not " + word(action) + " " + result);
      }
    }
    return results;
  }

  private static String word(Action action) {
    return action.name().toLowerCase(Locale.ROOT);
  }

  private static Setting required(Setting rule, Map<String, Setting> fields, String name)
      throws AuditException {
    Setting value = fields.get(name);
    if (value == null) {
      throw rule.error("expected " + name);
    }
    return value;
  }

  private static String id(Setting id) throws AuditException {
    Matcher matcher = ID.matcher(id.text());
    if (!matcher.matches()
        || Stream.of(CheckId.values()).noneMatch(c -> c.name().equals(matcher.group(1)))) {
      throw id.error("\"" + id.text() + "\" is no id of a finding; there are H01 to H10, P01 to P07"
          + " and E01 to E18, and further names after a dash, as reports print them");
    }
    return id.text();
  }

  private static String reason(Setting reason) throws AuditException {
    if (reason.text().isBlank()) {
      throw reason.error("expected a reason in words");
    }
    return reason.text();
  }

  private static LocalDate date(Setting date) throws AuditException {
    try {
      return LocalDate.parse(date.text());
    } catch (DateTimeException e) {
      throw date.error("\"" + date.text() + "\" is no date like 2027-01-31");
    }
  }

  /** Without FAIL, who means to add a result to it would let all failures pass. */
  private static Set<Result> failing(Setting list) throws AuditException {
    Set<Result> results = results(list);
    if (!results.contains(Result.FAIL)) {
      throw list.error("expected FAIL too; what may fail is lowered or accepted by a rule");
    }
    return results;
  }

  private static Set<Result> results(Setting list) throws AuditException {
    EnumSet<Result> results = EnumSet.noneOf(Result.class);
    for (Setting item : list.items()) {
      results.add(result(item));
    }
    if (results.isEmpty() || results.contains(Result.PASS)) {
      throw list.error("expected FAIL, WARN or INCONCLUSIVE");
    }
    return results;
  }

  private static Result result(Setting setting) throws AuditException {
    String name = setting.text();
    return Stream.of(Result.values())
        .filter(r -> r.name().equals(name))
        .findFirst()
        .orElseThrow(() -> setting.error("\"" + name + "\" is no result"));
  }

  private static Severity severity(Setting setting) throws AuditException {
    String name = setting.text();
    return Severity.of(name).orElseThrow(() -> setting.error("\"" + name + "\" is no severity"));
  }

  private static Duration age(Setting setting) throws AuditException {
    Matcher age = AGE.matcher(setting.text());
    if (!age.matches()) {
      throw setting.error("expected a number of days or hours, like 7d or 12h");
    }
    long number = Long.parseLong(age.group(1));
    return age.group(2).equals("d") ? Duration.ofDays(number) : Duration.ofHours(number);
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
