package io.treza.image.internal.registry;

import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import io.treza.image.internal.http.PlainHttp;
import io.treza.image.internal.http.Redirects;
import io.treza.image.internal.http.Retries;
import io.treza.image.internal.http.Transport;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import okhttp3.Challenge;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Reads one repository of a registry (OCI Distribution Specification 1.1, "Pull"), with what it
 * takes to get there: challenges, and redirects to where the blobs lie.
 */
final class RegistryClient implements AutoCloseable {
  private static final String ACCEPTED = String.join(
      ", ",
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.distribution.manifest.v2+json");

  private final RegistryReference reference;
  private final Transport transport;
  private final HttpUrl base;
  private final Authorization authorization;
  private Optional<String> header = Optional.empty();

  RegistryClient(RegistryReference reference, Settings settings, Retries retries)
      throws IOException {
    this.reference = reference;
    PlainHttp plain = new PlainHttp(settings.insecure());
    this.base = base(reference, plain);
    this.transport = new Transport(settings.timeout(), retries, settings.proxies());
    this.authorization = new Authorization(
        transport,
        plain,
        reference,
        () -> settings.credentials().find(reference.registry(), reference.repository()));
  }

  static HttpUrl base(RegistryReference reference, PlainHttp plain) throws ImageException {
    String registry = reference.registry();
    boolean http = plain.allows(registry);
    // Docker Hub's images are named by one host and served by another.
    String server = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    HttpUrl url = HttpUrl.parse((http ? "http://" : "https://") + server + "/v2/");
    if (url == null) {
      throw new ImageException(reference + ": " + registry + " is no host and port");
    }
    return url.newBuilder().addPathSegments(reference.repository() + "/").build();
  }

  /** A manifest or index, by tag or digest. */
  <T> T manifest(String tagOrDigest, Transport.Reader<T> reader) throws IOException {
    return get("manifests", tagOrDigest, ACCEPTED, reader);
  }

  /** A configuration or layer. */
  <T> T blob(String digest, Transport.Reader<T> reader) throws IOException {
    return get("blobs", digest, "*/*", reader);
  }

  /** Where a request leads: to what was asked for, elsewhere, or to a question. */
  private sealed interface Step<T> {
    record Done<T>(T value) implements Step<T> {}

    record Elsewhere<T>(HttpUrl url) implements Step<T> {}

    record Challenged<T>(List<Challenge> challenges) implements Step<T> {}
  }

  private <T> T get(String kind, String name, String accept, Transport.Reader<T> reader)
      throws IOException {
    String what = reference.registry() + "/" + reference.repository() + ": "
        + kind.substring(0, kind.length() - 1) + " " + name;
    HttpUrl url = base.newBuilder().addPathSegment(kind).addPathSegment(name).build();
    boolean answered = false;
    int redirects = 0;
    while (true) {
      Request.Builder request =
          new Request.Builder().url(url).header("Accept", accept).header("User-Agent", "treza");
      // Digests are of the bytes as stored; OkHttp would decompress what it asked for itself.
      request.header("Accept-Encoding", "identity");
      HttpUrl current = url;
      if (sameServer(url)) {
        header.ifPresent(value -> request.header("Authorization", value));
      }
      Step<T> step =
          transport.read(request.build(), what, response -> step(response, what, current, reader));
      if (step instanceof Step.Done<T> done) {
        return done.value();
      }
      if (step instanceof Step.Elsewhere<T> elsewhere) {
        if (++redirects > Redirects.MOST) {
          throw new ImageException(what + ": more than " + Redirects.MOST + " redirects");
        }
        url = elsewhere.url();
      } else if (step instanceof Step.Challenged<T> challenged) {
        Optional<String> answer =
            answered ? Optional.empty() : authorization.answer(challenged.challenges());
        if (answer.isEmpty()) {
          throw new ImageException(what + ": access denied; log in with docker login "
              + reference.registry() + ", or check the name");
        }
        header = answer;
        answered = true;
      }
    }
  }

  private <T> Step<T> step(Response response, String what, HttpUrl from, Transport.Reader<T> reader)
      throws IOException {
    int status = response.code();
    if (status == 200) {
      return new Step.Done<>(reader.read(response));
    }
    if (Redirects.is(response)) {
      return new Step.Elsewhere<>(Redirects.target(response, what, from));
    }
    if (status == 401 && sameServer(from)) {
      return new Step.Challenged<>(response.challenges());
    }
    throw new ImageException(what + ": "
        + switch (status) {
          case 401, 403 -> "access denied by " + from.host() + " (HTTP status " + status + ")";
          case 404 -> "not found; check the name";
          case 429 -> "too many requests (HTTP status 429); log in, or try again later";
          default -> "HTTP status " + status + " from " + from.host();
        });
  }

  /** Whether credentials for the registry may be sent there. */
  private boolean sameServer(HttpUrl url) {
    return url.scheme().equals(base.scheme())
        && url.host().equals(base.host())
        && url.port() == base.port();
  }

  @Override
  public void close() {
    transport.close();
  }
}
