package io.treza.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Docker's rules for the names of images. */
class RegistryReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "alpine, docker.io/library/alpine:latest",
    "alpine:3.19, docker.io/library/alpine:3.19",
    "shop/app, docker.io/shop/app:latest",
    "docker.io/alpine, docker.io/library/alpine:latest",
    "index.docker.io/shop/app:1, docker.io/shop/app:1",
    "ghcr.io/shop/app/part:v1_2, ghcr.io/shop/app/part:v1_2",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app:1, localhost:5000/app:1",
    "[::1]:5000/app:1, [::1]:5000/app:1",
    "127.0.0.1:5000/a/b, 127.0.0.1:5000/a/b:latest",
    "Registry/app, Registry/app:latest",
    "a__b/c-d.e, docker.io/a__b/c-d.e:latest"
  })
  void shortNamesAreCompleted(String text, String full) {
    RegistryReference reference = RegistryReference.parse(text);
    assertEquals(full, reference.toString());
    assertEquals(reference, RegistryReference.parse(full));
  }

  @Test
  void digestNeedsNoTag() {
    RegistryReference reference = RegistryReference.parse("app@sha256:" + HEX);
    assertEquals(Optional.empty(), reference.tag());
    assertEquals(Optional.of("sha256:" + HEX), reference.digest());
    assertEquals(
        "docker.io/library/app:1@sha256:" + HEX,
        RegistryReference.parse("app:1@sha256:" + HEX).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "App, no repository",
    "a//b, no repository",
    "a___b, no repository",
    "/app, no repository",
    "ghcr.io/, no repository",
    "app:, no tag",
    "app:.x, no tag",
    "app@md5:00, no sha256 or sha512",
    "app@sha256:00, no sha256 or sha512",
    "host:port/app, no host and port",
    "-host.io/app, no host and port",
    "user@host.io/app, no sha256 or sha512",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, image id"
  })
  void malformedNameIsRefused(String text, String why) {
    String message = assertThrows(
            IllegalArgumentException.class, () -> RegistryReference.parse(text))
        .getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void nameOfMoreThan255CharactersIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> RegistryReference.parse("a.io/" + "b".repeat(251)));
    RegistryReference.parse("a.io/" + "b".repeat(250));
  }
}
