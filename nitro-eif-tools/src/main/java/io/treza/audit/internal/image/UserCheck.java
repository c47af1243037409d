package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * As whom a container runs (H02, P03): what {@code config.User} means, looked up in the image's own
 * {@code /etc/passwd} as container engines do: a number is a user id, all else a name.
 *
 * @param uid the user's id, if it can be told
 * @param gid the group's id, if it can be told
 */
record UserCheck(Result result, String message, String fix, OptionalLong uid, OptionalLong gid) {
  // Linux ids have 32 bits, the last value meaning none.
  private static final long MOST = 0xffff_fffeL;
  private static final String PASSWD = "etc/passwd";
  private static final String GROUP = "etc/group";
  private static final String FIX =
      "Write USER with a number other than 0, such as USER 65532:65532, into the last stage.";

  /** Bytes to keep. */
  static int interest(String path) {
    // A link may lead to another directory, such as usr/etc.
    return path.endsWith(PASSWD) || path.endsWith(GROUP) ? 1 << 20 : 0;
  }

  static UserCheck of(FileTree root, String configured) {
    String[] parts = configured.split(":", 2);
    String user = parts[0];
    if (user.isEmpty()) {
      return new UserCheck(
          FAIL,
          configured.isEmpty()
              ? "No user is set, so it runs as root"
              : "\"" + configured + "\" sets a group alone, so it runs as root",
          FIX,
          OptionalLong.of(0),
          OptionalLong.of(0));
    }
    OptionalLong number = number(user);
    Optional<String[]> entry = lookUp(root, PASSWD, number.isPresent() ? 2 : 0, user, number);
    OptionalLong uid =
        number.isPresent() ? number : entry.map(e -> number(e[2])).orElse(number);
    String group = parts.length == 2 ? parts[1] : "";
    OptionalLong gid = group.isEmpty()
        ? entry.map(e -> number(e[3])).orElse(OptionalLong.of(0))
        : group(root, group);
    if (uid.isEmpty()) {
      return unknown(root, PASSWD, "user \"" + user + "\"");
    } else if (gid.isEmpty()) {
      return unknown(root, GROUP, "group \"" + group + "\"");
    }
    String who =
        "user \"" + configured + "\" is uid " + uid.getAsLong() + ", gid " + gid.getAsLong();
    if (uid.getAsLong() == 0) {
      return new UserCheck(FAIL, "Runs as root: " + who, FIX, uid, gid);
    } else if (uid.getAsLong() > MOST) {
      return new UserCheck(FAIL, "Cannot run: " + who + ", more than 32 bits", FIX, uid, gid);
    }
    String kubernetes = number.isEmpty()
        ? " (Kubernetes' runAsNonRoot needs it as a number: USER " + uid.getAsLong() + ")"
        : "";
    return new UserCheck(PASS, "Runs as another user than root: " + who + kubernetes, "", uid, gid);
  }

  private static UserCheck unknown(FileTree root, String file, String who) {
    Optional<SurveyedFile> names = root.follow(file);
    boolean unread = names.isPresent() && !Kept.whole(names.get());
    return new UserCheck(
        unread ? INCONCLUSIVE : FAIL,
        unread
            ? "/" + file + " is too large to look up " + who
            : "No container of the image starts: " + who
                + (names.isPresent() ? " is not in /" : " cannot be found without /") + file,
        FIX,
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  private static OptionalLong group(FileTree root, String group) {
    OptionalLong number = number(group);
    return number.isPresent()
        ? number
        : lookUp(root, GROUP, 0, group, number).map(e -> number(e[2])).orElse(number);
  }

  /** The first line of a colon-separated file (passwd(5), group(5)) with this name or number. */
  private static Optional<String[]> lookUp(
      FileTree root, String file, int field, String name, OptionalLong number) {
    String text = root.follow(file).map(Kept::text).orElse("");
    int fields = file.equals(PASSWD) ? 4 : 3;
    return text.lines()
        .map(line -> line.split(":", -1))
        .filter(e -> e.length >= fields)
        .filter(e -> number.isPresent() ? number.equals(number(e[field])) : e[field].equals(name))
        .findFirst();
  }

  private static OptionalLong number(String text) {
    return text.matches("[0-9]{1,18}")
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }

  List<Finding> findings() {
    Location place = new Location.Configuration("config.User");
    return List.of(
        new Finding("H02", result, message, place, fix),
        new Finding("P03", result, message, place, fix));
  }
}
