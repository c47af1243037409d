package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.sdk.TrezaException.Answered;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often the platform is asked what it accepts, and what follows when it does not say. */
class RequestValidationTest {
  private static final Duration LIFETIME = Duration.ofMinutes(10);

  private final Deque<Supplier<List<Provider>>> answers = new ArrayDeque<>();
  private final FakePacing pacing = new FakePacing();
  private int asked;
  private int sent;

  private final RequestValidation validation = new RequestValidation(pacing, Optional.of(LIFETIME));

  private List<Provider> ask() {
    asked++;
    return answers.remove().get();
  }

  private void says(String... regions) {
    answers.add(() -> List.of(new Provider("p", "", "", List.of(regions), Map.of())));
  }

  private int sendTo(String region) {
    return validation.send(
        providers -> RequestCheck.problems(providers, "p", Optional.of(region), Optional.empty()),
        this::ask,
        () -> ++sent);
  }

  @Test
  void isAskedOnceWithinTheLifetime() {
    says("a");
    says("a");
    sendTo("a");
    pacing.sleeps.add(LIFETIME.minusNanos(1));
    sendTo("a");
    assertEquals(1, asked);
    pacing.sleeps.add(Duration.ofNanos(1));
    sendTo("a");
    assertEquals(2, asked);
    assertEquals(3, sent);
  }

  @Test
  void whatIsRefusedIsNotSent() {
    says("a");
    TrezaException.InvalidRequest refused =
        assertThrows(TrezaException.InvalidRequest.class, () -> sendTo("b"));
    assertEquals(
        List.of("region"), refused.problems().stream().map(RequestProblem::path).toList());
    assertEquals(
        "the request was not sent: region must be one of provider p, but is \"b\" (it has a)",
        refused.getMessage());
    assertEquals(0, sent);
  }

  @Test
  void isAskedAgainBeforeItRefusesByWhatWasKept() {
    says("a");
    says("a", "b");
    sendTo("a");
    sendTo("b");
    assertEquals(2, asked);
    assertEquals(2, sent);
  }

  @Test
  void whatTheServerRefusedIsForgotten() {
    says("a");
    says("a");
    assertThrows(
        TrezaException.BadRequest.class,
        () -> validation.send(providers -> List.of(), this::ask, () -> {
          throw new TrezaException.BadRequest(
              "no", new Answered(400, "no", "", Optional.empty()), List.of());
        }));
    sendTo("a");
    assertEquals(2, asked);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 404, 500})
  void aPlatformThatDoesNotTellIsLeftToJudgeAlone(int status) {
    answers.add(() -> {
      throw new TrezaException.Server("no", new Answered(status, "no", "", Optional.empty()));
    });
    sendTo("mars-1");
    assertEquals(1, sent);
  }

  @Test
  void whereNobodyAnswersNothingIsSent() {
    answers.add(() -> {
      throw new TrezaException.Network("reset", new IOException("reset"));
    });
    assertThrows(TrezaException.Network.class, () -> sendTo("a"));
    assertEquals(0, sent);
  }
}
