package io.treza.image.internal.registry;

import io.treza.image.BlobProgress;
import io.treza.image.ImageException;
import io.treza.image.internal.Part;
import io.treza.image.internal.http.Redirects;
import io.treza.image.internal.http.Retries;
import io.treza.image.internal.http.Transport.Sent;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/**
 * One blob on its way to a repository (OCI Distribution Specification 1.1, "Push"): not sent if it
 * is there or another repository lends it, else in one piece ("Pushing a blob monolithically"), and
 * after a broken connection from where the registry says it got to ("Pushing a blob in chunks").
 */
final class BlobUpload {
  private static final String BYTES = "application/octet-stream";
  private static final RequestBody NOTHING = Exchange.body(BYTES);
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

  private final RegistryClient client;
  private final Retries retries;
  private final Part part;
  private final Optional<String> lender;
  private final BlobProgress progress;
  private final String what;

  BlobUpload(
      RegistryClient client,
      Retries retries,
      Part part,
      Optional<String> lender,
      BlobProgress progress) {
    this.client = client;
    this.retries = retries;
    this.part = part;
    this.lender = lender;
    this.progress = progress;
    this.what = client.what("upload of blob " + part.digest());
  }

  /**
   * An upload that the registry has begun.
   *
   * @param place where to go on
   * @param done bytes that it has
   */
  private record Session(HttpUrl place, long done) {}

  /** Sends it. */
  void send() throws IOException {
    Optional<Session> session = start();
    long most = 0;
    int failed = 0;
    while (session.isPresent()) {
      Session current = session.get();
      Sent<Boolean> sent;
      boolean refused = false;
      try {
        sent = send(current);
      } catch (ImageException e) {
        if (current.done() == 0) {
          throw e;
        }
        // It may still take all of it in one piece.
        sent = new Sent.Broken<>(e, Optional.empty());
        refused = true;
      }
      if (!(sent instanceof Sent.Broken<Boolean> broken)) {
        return;
      }
      if (++failed == Retries.ATTEMPTS) {
        throw new ImageException(
            broken.why().getMessage() + "; gave up after " + failed + " attempts", broken.why());
      }
      retries.pause(failed, broken.retryAfter());
      session = refused ? Optional.empty() : state(current);
      if (session.isEmpty()) {
        session = start();
      } else if (session.get().done() > most) {
        most = session.get().done();
        failed = 0;
      }
    }
  }

  /** Begins an upload, unless none is needed. */
  private Optional<Session> start() throws IOException {
    if (client.hasBlob(part.digest())) {
      return Optional.empty();
    }
    HttpUrl.Builder url = client.uploads().newBuilder();
    lender.ifPresent(repository -> url.addQueryParameter("mount", part.digest().toString())
        .addQueryParameter("from", repository));
    Exchange begin = Exchange.writing(what, url.build(), "POST", NOTHING, Set.of(201, 202));
    return client.send(
        begin,
        response -> response.code() == 201 && lender.isPresent()
            ? Optional.empty()
            : Optional.of(new Session(Redirects.target(response, what, begin.url()), 0)));
  }

  /** What has arrived of an upload; nothing if the registry does not know, or has lost it. */
  private Optional<Session> state(Session broken) throws IOException {
    Exchange ask =
        Exchange.reading(what, broken.place(), "GET", "*/*", Set.of(204)).once();
    try {
      return client.send(ask, response -> {
        Matcher range = RANGE.matcher(response.header("Range", ""));
        // Some say 0-0 for nothing.
        long done = range.matches() ? Long.parseLong(range.group(1)) + 1 : 0;
        return done > 1 && done <= part.size()
            ? Optional.of(new Session(place(response, broken.place()), done))
            : Optional.empty();
      });
    } catch (ImageException e) {
      return Optional.empty();
    }
  }

  private HttpUrl place(Response response, HttpUrl otherwise) throws IOException {
    return response.header("Location") == null
        ? otherwise
        : Redirects.target(response, what, otherwise);
  }

  private Sent<Boolean> send(Session session) throws IOException {
    if (session.done() == 0) {
      return finish(session.place(), rest(0));
    }
    HttpUrl place = session.place();
    if (session.done() < part.size()) {
      Exchange patch = Exchange.writing(what, place, "PATCH", rest(session.done()), Set.of(202))
          .range(session.done(), part.size() - 1)
          .once();
      Sent<HttpUrl> sent = client.attempt(patch, response -> place(response, patch.url()));
      if (sent instanceof Sent.Broken<HttpUrl> broken) {
        return new Sent.Broken<>(broken.why(), broken.retryAfter());
      }
      place = ((Sent.Answered<HttpUrl>) sent).value();
    }
    return finish(place, NOTHING);
  }

  private Sent<Boolean> finish(HttpUrl place, RequestBody body) throws IOException {
    HttpUrl url =
        place.newBuilder().addQueryParameter("digest", part.digest().toString()).build();
    return client.attempt(
        Exchange.writing(what, url, "PUT", body, Set.of(201)).once(), response -> true);
  }

  /** The bytes from an offset on. */
  private RequestBody rest(long from) {
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return MediaType.get(BYTES);
      }

      @Override
      public long contentLength() {
        return part.size() - from;
      }

      @Override
      public boolean isOneShot() {
        return true;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        progress.progress(part.digest().toString(), from, part.size());
        part.writeTo(new Reported(sink.outputStream(), from), from);
      }
    };
  }

  /** Tells of what has been sent. */
  private final class Reported extends FilterOutputStream {
    private long done;

    Reported(OutputStream out, long done) {
      super(out);
      this.done = done;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      out.write(buffer, offset, length);
      done += length;
      progress.progress(part.digest().toString(), done, part.size());
    }
  }
}
