package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import io.treza.image.internal.http.PlainHttp;
import java.util.Set;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which server a name leads to, and how it is reached. */
class RegistryClientTest {
  private static final PlainHttp PLAIN = new PlainHttp(Set.of("lab.example:5000", "old.example"));

  @ParameterizedTest
  @CsvSource({
    "alpine, https://registry-1.docker.io/v2/library/alpine/",
    "ghcr.io/a/b, https://ghcr.io/v2/a/b/",
    "reg.example:5000/a, https://reg.example:5000/v2/a/",
    "localhost/a, http://localhost/v2/a/",
    "localhost:5000/a, http://localhost:5000/v2/a/",
    "127.0.0.1:5000/a, http://127.0.0.1:5000/v2/a/",
    "127.8.9.10/a, http://127.8.9.10/v2/a/",
    "[::1]:5000/a, http://[::1]:5000/v2/a/",
    "localhost.example/a, https://localhost.example/v2/a/",
    "127.0.0.1.example/a, https://127.0.0.1.example/v2/a/",
    "lab.example:5000/a, http://lab.example:5000/v2/a/",
    "lab.example/a, https://lab.example/v2/a/",
    "old.example:1/a, http://old.example:1/v2/a/",
  })
  void onlyThisMachineAndWhatTheUserSaysGoWithoutTls(String name, String url)
      throws ImageException {
    assertEquals(HttpUrl.get(url), RegistryClient.base(RegistryReference.parse(name), PLAIN));
  }

  @Test
  void portThatIsNoneIsRefused() {
    assertRefused(
        ImageException.class,
        () -> RegistryClient.base(RegistryReference.parse("a.io:99999/b"), PLAIN),
        "a.io:99999 is no host and port");
  }

  @ParameterizedTest
  @CsvSource({
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/app, "
        + "', with aws ecr create-repository --region eu-west-1 --repository-name shop/app'",
    "ghcr.io/shop/app, ' first'",
  })
  void missingRepositoryIsMadeByTheCommandOfItsRegistry(String name, String creation) {
    assertEquals(creation, RegistryClient.creation(RegistryReference.parse(name)));
  }
}
