package io.treza.eif.internal;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.eif.EifException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** USER means what it means to Docker. */
class ImageUserTest {
  private static final String PASSWD = """
      root:x:0:0:root:/root:/bin/sh

      app:x:1000:1001::/home/app:/bin/sh
      twice:x:1000:7::/home/twice:/bin/sh
      1234:x:5:6::/home/digits:/bin/sh
      homeless:x:8:9
      broken:x:eight:9::/:/bin/sh
      large:x:2147483648:9::/:/bin/sh
      """;
  private static final String GROUP = """
      root:x:0:
      audio:x:63:other,app
      video:x:44:app
      apply:x:45:application
      app:x:1001:app
      """;

  private static ImageUser of(String user) throws EifException {
    return ImageUser.of(
        user, Optional.of(PASSWD.getBytes(UTF_8)), Optional.of(GROUP.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @CsvSource({
    "'',          0,    0,    0,            /root",
    "root,        0,    0,    0,            /root",
    "app,         1000, 1001, 1001 63 44,   /home/app",
    "1000,        1000, 1001, 1001 63 44,   /home/app",
    "app:,        1000, 1001, 1001 63 44,   /home/app",
    "app:audio,   1000, 63,   63,           /home/app",
    "app:5000,    1000, 5000, 5000,         /home/app",
    ":audio,      0,    63,   63,           /root",
    "65532,       65532, 0,   0,            /",
    "65532:65532, 65532, 65532, 65532,      /",
    "1234,        1234, 0,    0,            /",
    "twice,       1000, 7,    7,            /home/twice",
    "homeless,    8,    9,    9,            /",
    "007,         7,    0,    0,            /"
  })
  void usersAreLookedUpAsDockerDoes(String user, long uid, long gid, String groups, String home)
      throws EifException {
    List<Long> all = Arrays.stream(groups.split(" ")).map(Long::valueOf).toList();
    assertEquals(new ImageUser(uid, gid, all, home), of(user));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nobody     | /etc/passwd has no user \"nobody\"",
        "app:staff  | /etc/group has no group \"staff\"",
        "-1         | /etc/passwd has no user \"-1\"",
        "broken     | stands for \"eight\"",
        "large      | ids go from 0 to 2147483647",
        "4294967296 | ids go from 0 to 2147483647"
      })
  void whoCannotBeFoundIsAnErrorOfTheBuild(String user, String message) {
    assertRefused(EifException.class, () -> of(user), "USER is \"" + user + "\"", message);
  }

  @Test
  void withoutFilesOnlyNumbersMeanAnything() throws EifException {
    assertEquals(
        new ImageUser(7, 8, List.of(8L), "/"),
        ImageUser.of("7:8", Optional.empty(), Optional.empty()));
    assertRefused(
        EifException.class,
        () -> ImageUser.of("root", Optional.empty(), Optional.empty()),
        "/etc/passwd has no user \"root\"");
  }
}
