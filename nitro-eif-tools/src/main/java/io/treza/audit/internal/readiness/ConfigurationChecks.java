package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.SecretPatterns;
import io.treza.eif.Architecture;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDetails;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Judges what the image's configuration asks for that init does not do or cannot pass on: the
 * image's part of E04, E06, E08, E11 and E12.
 */
record ConfigurationChecks(ImageConfig config, ImageDetails details, EnclaveTarget target) {
  // Linux, include/uapi/linux/binfmts.h, MAX_ARG_STRLEN: 32 pages, the terminator included.
  private static final int MAX_ARGUMENT = 131_071;

  List<Finding> check(List<String> command, EnclaveFiles files) {
    List<Finding> findings = new ArrayList<>();
    findings.add(processor());
    findings.add(user(files));
    findings.addAll(lines(command));
    findings.add(volumes());
    findings.addAll(supervision());
    return findings;
  }

  private Finding processor() {
    Optional<Architecture> stated = Architecture.ofImageName(config.architecture());
    String platform = config.os() + "/" + config.architecture();
    if (stated.isEmpty() || !config.os().equals("linux")) {
      return new Finding(
          "E04-image",
          Result.FAIL,
          "the image is for " + platform + "; Nitro Enclaves run linux/amd64 and linux/arm64",
          at("architecture"),
          "Build it with --platform linux/amd64 or linux/arm64.");
    } else if (target.architecture().filter(a -> a != stated.get()).isPresent()) {
      String wanted = target.architecture().get().imageName();
      return new Finding(
          "E04-image",
          Result.FAIL,
          "the image is for " + platform + ", and the enclave runs on " + wanted,
          at("architecture"),
          "Build it with --platform linux/" + wanted + ".");
    }
    return new Finding(
        "E04-image", Result.PASS, "the image is for " + platform, at("architecture"), "");
  }

  private Finding user(EnclaveFiles files) {
    String user = config.user();
    String shown = CommandText.show(user);
    Optional<Users.User> found = Users.find(user, files);
    if (target.init() == EnclaveTarget.Init.TREZA) {
      return found.isPresent()
          ? new Finding(
              "E06",
              Result.PASS,
              "init runs the command as user " + found.get().uid()
                  + (user.isEmpty() ? ", since there is no USER" : ""),
              at("config.User"),
              "")
          : new Finding(
              "E06",
              Result.FAIL,
              "USER is " + shown + ", which /etc/passwd or /etc/group does not have",
              at("config.User"),
              "Write USER with numbers, or add the user.");
    } else if (user.isEmpty() || found.filter(u -> u.uid() == 0).isPresent()) {
      String says = user.isEmpty() ? "there is no USER" : "USER is " + shown;
      return new Finding(
          "E06",
          Result.PASS,
          says + ": root in a container as in the enclave",
          at("config.User"),
          "");
    }
    return new Finding(
        "E06",
        Result.WARN,
        "USER is " + shown + "; init runs the command as root all the same",
        at("config.User"),
        "Have the program drop its rights itself.");
  }

  private List<Finding> lines(List<String> command) {
    List<Finding> findings = new ArrayList<>();
    check(command, "the command", "config.Entrypoint", findings);
    check(config.env(), "the environment", "config.Env", findings);
    List<String> secrets = new ArrayList<>();
    for (String variable : config.env()) {
      int equals = variable.indexOf('=');
      String name = variable.substring(0, Math.max(0, equals));
      String value = variable.substring(equals + 1);
      if (equals < 1) {
        findings.add(new Finding(
            "E08-form",
            Result.WARN,
            "ENV has an item that is no NAME=value: " + CommandText.show(variable),
            at("config.Env"),
            "Take it out."));
      } else if (SecretPatterns.variable(name, value).isPresent()
          || !SecretPatterns.find(value).isEmpty()) {
        secrets.add(CommandText.show(name));
      }
    }
    if (!secrets.isEmpty()) {
      findings.add(new Finding(
          "E08-secret",
          Result.WARN,
          "ENV seems to hold secrets in " + CommandText.list(secrets) + ": measured, and to be"
              + " read in the enclave image file by everybody",
          at("config.Env"),
          "Hand them over at run time, to an enclave that has proved itself."));
    }
    if (findings.isEmpty()) {
      boolean unset = target.init() == EnclaveTarget.Init.AWS
          && ProcessStart.variable(config.env(), "HOME").isEmpty();
      String home = unset ? "; init sets no HOME, as container runtimes do" : "";
      findings.add(new Finding(
          "E08",
          Result.PASS,
          "neither the command (" + command.size() + ") nor the environment ("
              + config.env().size()
              + ") has an item that init could not read or that looks like a secret" + home,
          at("config.Env"),
          ""));
    }
    return findings;
  }

  private void check(List<String> items, String what, String member, List<Finding> findings) {
    for (int i = 0; i < items.size(); i++) {
      String item = items.get(i);
      String where = "item " + i + " of " + what + ", " + CommandText.show(item);
      boolean aws = target.init() == EnclaveTarget.Init.AWS;
      if ((aws && item.indexOf('\n') >= 0) || item.indexOf('\0') >= 0) {
        findings.add(new Finding(
            "E08-line",
            Result.FAIL,
            where + ": has a " + (aws ? "line end or NUL" : "NUL")
                + ", where init begins another item",
            at(member),
            "Put it into a file or script."));
      } else if (item.getBytes(UTF_8).length > MAX_ARGUMENT) {
        findings.add(new Finding(
            "E08-length",
            Result.FAIL,
            where + ": longer than the " + MAX_ARGUMENT + " bytes Linux passes on",
            at(member),
            "Put it into a file."));
      }
    }
  }

  private Finding volumes() {
    return details.volumes().isEmpty()
        ? new Finding("E11", Result.PASS, "there is no VOLUME", at("config.Volumes"), "")
        : new Finding(
            "E11",
            Result.WARN,
            "VOLUME " + CommandText.list(details.volumes()) + ": inside it is memory like all the"
                + " rest, and gone when the enclave ends",
            at("config.Volumes"),
            "Keep state outside, encrypted.");
  }

  private List<Finding> supervision() {
    List<Finding> findings = new ArrayList<>();
    List<String> test = details.healthcheck();
    if (!test.isEmpty() && !test.get(0).equals("NONE")) {
      findings.add(new Finding(
          "E12-healthcheck",
          Result.WARN,
          "HEALTHCHECK " + CommandText.json(test) + " is run by nobody in an enclave",
          at("config.Healthcheck"),
          "Ask the program for its health from outside, over vsock."));
    }
    if (!details.stopSignal().isEmpty()) {
      findings.add(new Finding(
          "E12-stopsignal",
          Result.WARN,
          "STOPSIGNAL " + CommandText.show(details.stopSignal())
              + " is sent by nobody: an enclave is terminated at once",
          at("config.StopSignal"),
          "Do not rely on a shutdown in order."));
    }
    if (findings.isEmpty()) {
      findings.add(new Finding(
          "E12",
          Result.PASS,
          "neither HEALTHCHECK nor STOPSIGNAL; the enclave ends with the command",
          at("config.Healthcheck"),
          ""));
    }
    return findings;
  }

  private static Location at(String member) {
    return new Location.Configuration(member);
  }
}
