package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.Certainty;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDescription;
import io.treza.image.ImageDetails;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Secrets in what an image says of itself: its variables, command, labels and history (H04). */
final class StatedSecrets {
  private static final int MOST_TEXT = 1 << 16;
  // BuildKit writes "ENV A=b", Docker's old builder "/bin/sh -c #(nop)  ENV A=b".
  private static final Pattern DECLARED =
      Pattern.compile("^(?:/bin/sh -c #\\(nop\\)\\s+)?(?:ENV|ARG)\\s+(.*)", Pattern.DOTALL);
  // Build arguments that were given: "RUN |2 A=b C=d /bin/sh -c ..."
  private static final Pattern ARGUMENTS =
      Pattern.compile("^(?:RUN )?\\|[0-9]+ (.*)", Pattern.DOTALL);
  private static final Pattern ASSIGNMENT =
      Pattern.compile("(?<![\\w-])([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"]*\"|'[^']*'|[^\\s]*)");
  private static final Pattern FLAG =
      Pattern.compile("--?([A-Za-z][A-Za-z0-9_.-]*)=(.*)", Pattern.DOTALL);

  private final List<Finding> findings = new ArrayList<>();
  private final Set<String> said = new HashSet<>();

  private StatedSecrets() {}

  static List<Finding> findings(ImageDescription image) {
    StatedSecrets stated = new StatedSecrets();
    stated.config(image.config());
    stated.details(image.details());
    return stated.findings;
  }

  private void config(ImageConfig config) {
    for (String item : config.env()) {
      int equals = item.indexOf('=');
      String name = equals < 0 ? item : item.substring(0, equals);
      String value = equals < 0 ? "" : item.substring(equals + 1);
      if (!variable("H04-env", "config.Env " + name, name, value, environment(name))) {
        form("H04-env", "config.Env " + name, value, environment(name));
      }
    }
    command("config.Entrypoint", config.entrypoint());
    command("config.Cmd", config.cmd());
  }

  private static String environment(String name) {
    return "Take ENV " + name + " out of the Dockerfile, and hand it over at run time.";
  }

  private void command(String place, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String at = place + "[" + i + "]";
      String fix = "Take it out of the command, and hand it over at run time.";
      Matcher m = FLAG.matcher(words.get(i));
      if (!m.matches() || !variable("H04-command", at, m.group(1), m.group(2), fix)) {
        form("H04-command", at, words.get(i), fix);
      }
    }
  }

  private void details(ImageDetails details) {
    Map<String, String> labels = new TreeMap<>(details.labels());
    labels.forEach((key, value) -> {
      String fix = "Take LABEL " + key + " out of the Dockerfile.";
      if (!variable("H04-label", "config.Labels " + key, key, value, fix)) {
        form("H04-label", "config.Labels " + key, value, fix);
      }
    });
    for (int i = 0; i < details.history().size(); i++) {
      history("history[" + i + "]", details.history().get(i).createdBy());
    }
  }

  private void history(String place, String createdBy) {
    String text = createdBy.substring(0, Math.min(createdBy.length(), MOST_TEXT));
    String fix = "Build without it: RUN --mount=type=secret leaves nothing in the history.";
    Matcher declared = DECLARED.matcher(text);
    Matcher arguments = ARGUMENTS.matcher(text);
    Optional<String> assignments = declared.matches()
        ? Optional.of(declared.group(1))
        : arguments.matches() ? Optional.of(arguments.group(1)) : Optional.empty();
    Matcher m = ASSIGNMENT.matcher(assignments.orElse(""));
    while (m.find()) {
      variable("H04-history", place, m.group(1), unquoted(m.group(2)), fix);
    }
    form("H04-history", place, text, fix);
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && (value.startsWith("\"") || value.startsWith("'"));
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** Reports a value whose name says that it is a secret, once. */
  private boolean variable(String id, String place, String name, String value, String fix) {
    Optional<Certainty> certainty = SecretPatterns.variable(name, value);
    if (certainty.isPresent() && said.add(name + "=" + value)) {
      findings.add(new Finding(
          id,
          certainty.get() == Certainty.SECRET ? FAIL : WARN,
          name + " has a value, " + SecretPatterns.mask(value)
              + (certainty.get() == Certainty.SECRET ? "" : ", which may be a secret"),
          new Location.Configuration(place),
          fix));
      // The same value again, in the history, is the same secret.
      said.add(value);
    }
    return certainty.isPresent();
  }

  /** Reports what has the form of a secret, once. */
  private void form(String id, String place, String text, String fix) {
    for (SecretPatterns.Hit hit : SecretPatterns.find(text)) {
      String secret = text.substring(hit.start(), hit.end());
      if (said.add(secret)) {
        findings.add(new Finding(
            id,
            FAIL,
            "Has " + hit.rule().what() + ", " + SecretPatterns.mask(secret),
            new Location.Configuration(place),
            fix));
      }
    }
  }
}
