package io.treza.image.internal.registry;

import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import io.treza.image.internal.Digest;
import io.treza.image.internal.Json;
import io.treza.image.internal.OciImages;
import io.treza.image.internal.http.PlainHttp;
import io.treza.image.internal.http.Redirects;
import io.treza.image.internal.http.Retries;
import io.treza.image.internal.http.Transport;
import io.treza.image.internal.http.Transport.Sent;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Challenge;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;

/**
 * Talks to one repository of a registry (OCI Distribution Specification 1.1, "Pull" and "Push"), with
 * what it takes to get there: challenges, and redirects to where the blobs lie.
 */
final class RegistryClient implements AutoCloseable {
  private static final String ACCEPTED = String.join(
      ", ",
      OciImages.INDEX,
      OciImages.MANIFEST,
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.distribution.manifest.v2+json");

  private static final int MOST_SAID = 1 << 16;
  private static final Pattern ECR = Pattern.compile("[0-9]{12}\\.dkr[.-]ecr\\.([a-z0-9-]+)\\..*");

  private final RegistryReference reference;
  private final Transport transport;
  private final HttpUrl base;
  private final Authorization authorization;
  private Optional<String> header = Optional.empty();

  RegistryClient(RegistryReference reference, Settings settings, Retries retries)
      throws IOException {
    this(reference, settings, retries, Use.pull());
  }

  RegistryClient(RegistryReference reference, Settings settings, Retries retries, Use use)
      throws IOException {
    this.reference = reference;
    PlainHttp plain = new PlainHttp(settings.insecure());
    this.base = base(reference, plain);
    this.transport = new Transport(settings.timeout(), retries, settings.proxies());
    this.authorization = new Authorization(
        transport,
        plain,
        reference,
        use,
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

  /** As {@link #manifest}, or nothing if there is none. */
  <T> Optional<T> findManifest(String tagOrDigest, Transport.Reader<T> reader) throws IOException {
    return find(url("manifests", tagOrDigest), what("manifest " + tagOrDigest), ACCEPTED, reader);
  }

  /** The list of what refers to a manifest, or nothing if the registry keeps none. */
  <T> Optional<T> findReferrers(String digest, Transport.Reader<T> reader) throws IOException {
    return findPage(url("referrers", digest), digest, reader);
  }

  /** A further page of such a list, where an earlier one says it is. */
  <T> Optional<T> findPage(HttpUrl url, String digest, Transport.Reader<T> reader)
      throws IOException {
    if (!sameServer(url)) {
      throw new ImageException(
          what("referrers of " + digest) + ": go on at another server, " + url.host());
    }
    return find(url, what("referrers of " + digest), OciImages.INDEX, reader);
  }

  private <T> Optional<T> find(HttpUrl url, String what, String accept, Transport.Reader<T> reader)
      throws IOException {
    return send(
        Exchange.reading(what, url, "GET", accept, Set.of(200, 404)),
        response -> response.code() == 404 ? Optional.empty() : Optional.of(reader.read(response)));
  }

  /** Whether the repository is known to have a blob. */
  boolean hasBlob(Digest digest) throws IOException {
    // 403: a store that blobs are read from by redirects may refuse to be asked so.
    return send(
        Exchange.reading(
            what("blob " + digest),
            url("blobs", digest.toString()),
            "HEAD",
            "*/*",
            Set.of(200, 403, 404)),
        response -> response.code() == 200);
  }

  /** Where uploads of blobs begin. */
  HttpUrl uploads() {
    return base.newBuilder().addPathSegments("blobs/uploads/").build();
  }

  /** Uploads a manifest or index under a tag or its digest. */
  <T> T putManifest(String tagOrDigest, byte[] json, String type, Transport.Reader<T> reader)
      throws IOException {
    return send(
        Exchange.writing(
            what("upload of manifest " + tagOrDigest),
            url("manifests", tagOrDigest),
            "PUT",
            Exchange.body(type, json),
            Set.of(201)),
        reader);
  }

  private HttpUrl url(String kind, String name) {
    return base.newBuilder().addPathSegment(kind).addPathSegment(name).build();
  }

  /** What to call a part in messages. */
  String what(String part) {
    return reference.registry() + "/" + reference.repository() + ": " + part;
  }

  /** A document, of up to so many bytes. */
  static byte[] bytes(Response response, String place, int most) throws IOException {
    BufferedSource body = response.body().source();
    if (body.request(most + 1L)) {
      throw new ImageException(place + ": over " + most + " bytes of JSON");
    }
    return body.readByteArray();
  }

  /** Where a request leads: to what was asked for, elsewhere, or to a question. */
  private sealed interface Step<T> {
    record Done<T>(T value) implements Step<T> {}

    record Elsewhere<T>(HttpUrl url) implements Step<T> {}

    record Challenged<T>(List<Challenge> challenges) implements Step<T> {}
  }

  private <T> T get(String kind, String name, String accept, Transport.Reader<T> reader)
      throws IOException {
    return send(
        Exchange.reading(
            what(kind.substring(0, kind.length() - 1) + " " + name),
            url(kind, name),
            "GET",
            accept,
            Set.of(200)),
        reader);
  }

  /** Sends a request; what fails is thrown. */
  <T> T send(Exchange exchange, Transport.Reader<T> reader) throws IOException {
    Sent<T> sent = attempt(exchange, reader);
    if (sent instanceof Sent.Answered<T> answered) {
      return answered.value();
    }
    throw ((Sent.Broken<T>) sent).why();
  }

  /** Sends a request; if it is not to be repeated, failures that may pass are for the caller. */
  <T> Sent<T> attempt(Exchange exchange, Transport.Reader<T> reader) throws IOException {
    String what = exchange.what();
    HttpUrl url = exchange.url();
    boolean answered = false;
    int redirects = 0;
    while (true) {
      Request.Builder request = new Request.Builder()
          .url(url)
          .method(exchange.method(), exchange.body().orElse(null));
      request.header("Accept", exchange.accept()).header("User-Agent", "treza");
      // Digests are of the bytes as stored; OkHttp would decompress what it asked for itself.
      request.header("Accept-Encoding", "identity");
      exchange.contentRange().ifPresent(range -> request.header("Content-Range", range));
      HttpUrl current = url;
      if (sameServer(url)) {
        header.ifPresent(value -> request.header("Authorization", value));
      }
      Transport.Reader<Step<T>> next = response -> step(response, exchange, current, reader);
      Sent<Step<T>> sent = exchange.repeatable()
          ? new Sent.Answered<>(transport.read(request.build(), what, next))
          : transport.attempt(request.build(), what, next);
      if (sent instanceof Sent.Broken<Step<T>> broken) {
        return new Sent.Broken<>(broken.why(), broken.retryAfter());
      }
      Step<T> step = ((Sent.Answered<Step<T>>) sent).value();
      if (step instanceof Step.Done<T> done) {
        return new Sent.Answered<>(done.value());
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

  private <T> Step<T> step(
      Response response, Exchange exchange, HttpUrl from, Transport.Reader<T> reader)
      throws IOException {
    String what = exchange.what();
    int status = response.code();
    if (exchange.expected().contains(status)) {
      return new Step.Done<>(reader.read(response));
    }
    if (exchange.reads() && Redirects.is(response)) {
      return new Step.Elsewhere<>(Redirects.target(response, what, from));
    }
    if (status == 401 && sameServer(from)) {
      return new Step.Challenged<>(response.challenges());
    }
    throw new ImageException(what + ": "
        + switch (status) {
          case 401, 403 -> "access denied by " + from.host() + " (HTTP status " + status + ")";
          case 404 ->
            exchange.reads()
                ? "not found; check the name"
                : "not found; create the repository" + creation(reference);
          case 413 -> "too large for " + from.host() + ", or a proxy before it (HTTP status 413)";
          case 429 -> "too many requests (HTTP status 429); log in, or try again later";
          default -> "HTTP status " + status + " from " + from.host();
        }
        + said(response));
  }

  /** How, in the registries that make none on their own and whose way is known. */
  static String creation(RegistryReference reference) {
    Matcher ecr = ECR.matcher(reference.registry());
    return ecr.matches()
        ? ", with aws ecr create-repository --region " + ecr.group(1) + " --repository-name "
            + reference.repository()
        : " first";
  }

  /** What a registry says of an error ("Error Codes"), if it can be shown. */
  private static String said(Response response) {
    try {
      Json errors = Json.parse(bytes(response, "", MOST_SAID), "").get("errors");
      String message =
          errors.absent() ? "" : errors.list().get(0).get("message").stringOr("");
      return message.matches("[\\x20-\\x7e]{1,300}") ? ": " + message : "";
    } catch (IOException | RuntimeException e) {
      return ""; // the status says enough
    }
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
