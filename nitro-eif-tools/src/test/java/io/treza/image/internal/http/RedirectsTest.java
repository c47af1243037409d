package io.treza.image.internal.http;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.ImageException;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

/** Where a redirect may lead. */
class RedirectsTest {
  @Test
  void redirectAwayFromTlsIsRefused() throws ImageException {
    HttpUrl from = HttpUrl.get("https://a.io/v2/b/");
    assertEquals(HttpUrl.get("https://c.io/d"), Redirects.target("https://c.io/d", "b", from));
    assertEquals(HttpUrl.get("https://a.io/d"), Redirects.target("/d", "b", from));
    assertRefused(
        ImageException.class, () -> Redirects.target("http://a.io/d", "b", from), "away from TLS");
    assertRefused(
        ImageException.class, () -> Redirects.target("ftp://a.io/d", "b", from), "leads nowhere");
  }
}
