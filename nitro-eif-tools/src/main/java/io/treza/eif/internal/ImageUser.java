package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.EifException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * As whom an image's command runs, by Docker's rules (moby/sys user/user.go, GetExecUser; the user's
 * own group among the supplementary ones since Docker 20.10.18, CVE-2022-36109).
 *
 * @param groups the supplementary groups
 * @param home the home directory that {@code /etc/passwd} says, else {@code /}
 */
public record ImageUser(long uid, long gid, List<Long> groups, String home) {
  // user.go, maxID.
  private static final long MOST = Integer.MAX_VALUE;

  public ImageUser {
    groups = List.copyOf(groups);
  }

  /**
   * Looks a user up.
   *
   * @param user USER: empty, or a name or number, and perhaps a colon and a group
   * @param passwd {@code /etc/passwd}, if there is one
   * @param group {@code /etc/group}, if there is one
   * @throws EifException if there is no such user or group
   */
  public static ImageUser of(String user, Optional<byte[]> passwd, Optional<byte[]> group)
      throws EifException {
    String[] parts = bytes(user).split(":", 2);
    String userPart = parts[0];
    String groupPart = parts.length > 1 ? parts[1] : "";
    Optional<Long> number = userPart.isEmpty() ? Optional.of(0L) : number(userPart);
    Optional<String[]> entry = lines(passwd, 4).stream()
        .filter(e -> number.isPresent() ? number.equals(number(e[2])) : e[0].equals(userPart))
        .findFirst();
    if (number.isEmpty() && entry.isEmpty()) {
      throw unknown(user, "user", userPart, "/etc/passwd");
    }
    long uid = id(number, entry, 2, user);
    long gid = entry.isPresent() ? id(Optional.empty(), entry, 3, user) : 0;
    Set<Long> groups = new LinkedHashSet<>();
    if (!groupPart.isEmpty()) {
      Optional<Long> groupNumber = number(groupPart);
      Optional<String[]> groupEntry =
          lines(group, 3).stream().filter(e -> e[0].equals(groupPart)).findFirst();
      if (groupNumber.isEmpty() && groupEntry.isEmpty()) {
        throw unknown(user, "group", groupPart, "/etc/group");
      }
      gid = id(groupNumber, groupEntry, 2, user);
      groups.add(gid);
    } else {
      groups.add(gid);
      if (entry.isPresent()) {
        for (String[] line : lines(group, 4)) {
          if (List.of(line[3].split(",", -1)).contains(entry.get()[0])) {
            groups.add(id(Optional.empty(), Optional.of(line), 2, user));
          }
        }
      }
    }
    String home = entry
        .filter(e -> e.length > 5 && !e[5].isEmpty())
        .map(e -> new String(e[5].getBytes(ISO_8859_1), UTF_8))
        .orElse("/");
    return new ImageUser(uid, gid, new ArrayList<>(groups), home);
  }

  private static EifException unknown(String user, String what, String name, String file) {
    return new EifException("image: USER is \"" + user + "\", and " + file + " has no " + what
        + " \"" + name + "\"; write numbers, or add the " + what);
  }

  /** A number that was written, or else the one in a field of a line. */
  private static long id(Optional<Long> written, Optional<String[]> line, int field, String user)
      throws EifException {
    Optional<Long> id = written.or(() -> line.flatMap(e -> number(e[field])));
    if (id.isEmpty() || id.get() > MOST) {
      throw new EifException("image: USER is \"" + user + "\", which stands for "
          + line.map(e -> "\"" + e[field] + "\"").orElse("a number")
          + ", and ids go from 0 to " + MOST + "; write one");
    }
    return id.get();
  }

  /** The lines of a file that have enough fields, one character a byte. */
  private static List<String[]> lines(Optional<byte[]> file, int fields) {
    return file.stream()
        .flatMap(bytes -> new String(bytes, ISO_8859_1).lines())
        .map(line -> line.strip().split(":", -1))
        .filter(line -> line.length >= fields)
        .toList();
  }

  private static String bytes(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
