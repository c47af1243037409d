package io.treza.sdk;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the platform answered to {@link TrezaClient#request}: a success, with its body read the way
 * the caller asks.
 */
public final class ApiAnswer {
  private final String where;
  private final Http.Answer answer;

  ApiAnswer(String where, Http.Answer answer) {
    this.where = where;
    this.answer = answer;
  }

  /** The HTTP status, 200 to 299. */
  public int status() {
    return answer.status();
  }

  /** The first header of this name, in any case. */
  public Optional<String> header(String name) {
    return answer.header(name);
  }

  /** The body in UTF-8. */
  public String text() {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  /**
   * The body as the JDK's own types: text, number, boolean, {@link List} and {@link Map}.
   *
   * @throws TrezaException.UnexpectedAnswer if it is not JSON, or null
   */
  public Object json() {
    return as(Object.class);
  }

  /**
   * The body as a record or class of the caller's, by the names of its components; fields it has
   * no component for are ignored.
   *
   * @throws TrezaException.UnexpectedAnswer if it does not fit
   */
  public <T> T as(Class<T> type) {
    return Json.as(answer.body(), type)
        .orElseThrow(() ->
            Failures.unexpected(where, answer, "the answer does not fit " + type.getSimpleName()));
  }

  /** The status; never the body. */
  @Override
  public String toString() {
    return "ApiAnswer[" + answer.status() + "]";
  }
}
