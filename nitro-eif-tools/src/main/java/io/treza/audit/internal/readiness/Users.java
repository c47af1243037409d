package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.internal.image.FileFacts;
import io.treza.audit.internal.image.SurveyedFile;
import java.util.Optional;

/** Looks up the user an image names, and says what that user may run. */
final class Users {
  static final User ROOT = new User(0, 0);

  private Users() {}

  /** Numbers of a user and its group. */
  record User(long uid, long gid) {
    /** Whether it may run a file (POSIX.1-2017, 4.5 "File Access Permissions"). */
    boolean mayRun(SurveyedFile file) {
      int permissions = file.permissions();
      if (uid == 0) {
        return (permissions & 0111) != 0;
      } else if (file.member().header().uid() == uid) {
        return (permissions & 0100) != 0;
      } else if (file.member().header().gid() == gid) {
        return (permissions & 0010) != 0;
      }
      return (permissions & 0001) != 0;
    }
  }

  /**
   * The user that {@code config.User} names: empty, a name or number, and perhaps a colon and a
   * group; nobody if {@code /etc/passwd} or {@code /etc/group} lack the name.
   */
  static Optional<User> find(String user, EnclaveFiles files) {
    String[] parts = user.split(":", 2);
    Optional<String[]> entry = line(files, "/etc/passwd", parts[0], 4);
    Optional<Long> uid = parts[0].isEmpty()
        ? Optional.of(0L)
        : number(parts[0]).or(() -> entry.flatMap(e -> number(e[2])));
    Optional<Long> gid;
    if (parts.length > 1 && !parts[1].isEmpty()) {
      gid = number(parts[1])
          .or(() -> line(files, "/etc/group", parts[1], 3).flatMap(e -> number(e[2])));
    } else {
      gid = entry.flatMap(e -> number(e[3])).or(() -> Optional.of(0L));
    }
    return uid.flatMap(u -> gid.map(g -> new User(u, g)));
  }

  /** Fields of the line that has {@code key} as its name, or as its number. */
  private static Optional<String[]> line(EnclaveFiles files, String file, String key, int fields) {
    Optional<FileFacts.Start> start = files.at(file).flatMap(f -> f.facts().start());
    return start.stream()
        .flatMap(s -> new String(s.bytes(), UTF_8).lines())
        .map(line -> line.split(":", -1))
        .filter(f -> f.length >= fields && (f[0].equals(key) || f[2].equals(key)))
        .findFirst();
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,10}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
