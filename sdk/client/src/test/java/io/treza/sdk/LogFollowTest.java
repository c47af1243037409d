package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A followed log has each line once and in order, and an end. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@WireMockTest
class LogFollowTest {
  private final FakePacing pacing = new FakePacing();
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = builder().pacing(pacing).build();
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder().baseUrl(URI.create(server.getHttpBaseUrl()));
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  /** Answers one after the other; the last one from then on. */
  private void platformAnswers(ResponseDefinitionBuilder... answers) {
    for (int i = 0; i < answers.length; i++) {
      server
          .getWireMock()
          .register(get(urlPathEqualTo("/api/enclaves/e/logs"))
              .inScenario("logs")
              .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "answer " + i)
              .willSetStateTo(
                  answers.length == 1
                      ? Scenario.STARTED
                      : "answer " + Math.min(i + 1, answers.length - 1))
              .willReturn(answers[i]));
    }
  }

  /** Lines as {@code time:message}, newest first as the platform gives them. */
  private static ResponseDefinitionBuilder logs(String status, String... lines) {
    String entries = Stream.of(lines)
        .map(line -> line.split(":", 2))
        .map(l -> "{\"timestamp\":" + l[0] + ",\"message\":\"" + l[1] + "\"}")
        .collect(Collectors.joining(","));
    return okJson("{\"enclave_id\":\"e\",\"enclave_status\":\"" + status
        + "\",\"logs\":{\"application\":[" + entries + "]}}");
  }

  private List<String> followed() {
    try (Stream<LogEntry> lines = client.followEnclaveLogs("e", LogType.APPLICATION)) {
      return lines.map(LogEntry::message).toList();
    }
  }

  @Test
  void eachLineComesOnceAndOldestFirst() {
    platformAnswers(
        logs("DEPLOYED", "2:b", "1:a"),
        logs("DEPLOYED", "3:c", "2:b", "1:a"),
        logs("DESTROYED", "5:e", "4:d", "3:c"));
    assertEquals(List.of("a", "b", "c", "d", "e"), followed());
    assertEquals(2, pacing.sleeps.size());
  }

  @Test
  void oneLineTwiceInAMillisecondIsTwoLines() {
    platformAnswers(logs("DEPLOYED", "1:a", "1:a"), logs("DESTROYED", "1:a", "1:a", "1:a"));
    assertEquals(List.of("a", "a", "a"), followed());
  }

  @Test
  void aLineThatComesLateIsNotLost() {
    platformAnswers(logs("DEPLOYED", "3:c"), logs("DESTROYED", "3:c", "1:late"));
    assertEquals(List.of("c", "late"), followed());
  }

  @Test
  void anAnswerWithoutLinesMakesNoLineNewAgain() {
    platformAnswers(logs("DEPLOYED", "1:a"), logs("DEPLOYED"), logs("DESTROYED", "2:b", "1:a"));
    assertEquals(List.of("a", "b"), followed());
  }

  @Test
  void whatSlidOutLongAgoDoesNotComeAgain() {
    List<ResponseDefinitionBuilder> answers = new ArrayList<>();
    answers.add(logs("DEPLOYED", "1:first"));
    int windows = 6;
    for (int window = 0; window < windows; window++) {
      int newest = (window + 1) * LogFollow.WINDOW + 1;
      answers.add(logs(
          "DEPLOYED",
          IntStream.range(0, LogFollow.WINDOW)
              .mapToObj(i -> (newest - i) + ":line")
              .toArray(String[]::new)));
    }
    answers.add(logs("DESTROYED", "9000:last", "1:first"));
    platformAnswers(answers.toArray(ResponseDefinitionBuilder[]::new));
    List<String> lines = followed();
    assertEquals(windows * LogFollow.WINDOW + 2, lines.size());
    assertEquals("first", lines.get(0));
    assertEquals("last", lines.get(lines.size() - 1));
  }

  @Test
  void linesWithoutATimeHideNoneThatHaveOne() {
    List<ResponseDefinitionBuilder> answers = new ArrayList<>();
    int windows = 5;
    for (int window = 0; window < windows; window++) {
      int first = window * LogFollow.WINDOW;
      answers.add(logs(
          "DEPLOYED",
          IntStream.range(first, first + LogFollow.WINDOW)
              .mapToObj(i -> "null:line " + i)
              .toArray(String[]::new)));
    }
    answers.add(logs("DESTROYED", "1:with a time"));
    platformAnswers(answers.toArray(ResponseDefinitionBuilder[]::new));
    List<String> lines = followed();
    assertEquals(windows * LogFollow.WINDOW + 1, lines.size());
    assertEquals("with a time", lines.get(lines.size() - 1));
  }

  @Test
  void aRateLimitIsWaitedFor() {
    platformAnswers(
        aResponse().withStatus(429).withHeader("Retry-After", "25"), logs("DESTROYED", "1:a"));
    assertEquals(List.of("a"), followed());
    assertEquals(List.of(Duration.ofSeconds(25)), pacing.sleeps);
  }

  @Test
  void whatMayPassIsSurvived() {
    platformAnswers(
        logs("DEPLOYED", "1:a"),
        aResponse().withStatus(503),
        aResponse().withStatus(429),
        logs("DESTROYED", "2:b", "1:a"));
    assertEquals(List.of("a", "b"), followed());
    assertEquals(3, pacing.sleeps.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DESTROYED", "TERMINATED", "FAILED", "BUILD_FAILED"})
  void itEndsWithTheEnclave(String status) {
    platformAnswers(logs("DEPLOYED", "1:a"), logs(status, "2:b"));
    assertEquals(List.of("a", "b"), followed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "PENDING_DESTROY", "DESTROYING", "SOMETHING_NEW"})
  void itGoesOnBeforeThat(String status) {
    platformAnswers(logs(status, "1:a"), logs("DESTROYED", "2:b"));
    assertEquals(List.of("a", "b"), followed());
  }

  @Test
  void itEndsWithTheRecord() {
    platformAnswers(logs("DESTROYING", "1:a"), aResponse().withStatus(404));
    assertEquals(List.of("a"), followed());
  }

  @Test
  void anEnclaveThatWasNeverThereIsNotFound() {
    platformAnswers(aResponse().withStatus(404));
    assertThrows(TrezaException.NotFound.class, this::followed);
  }

  @Test
  void aFailureThatWillNotPassEndsIt() {
    platformAnswers(logs("DEPLOYED", "1:a"), aResponse().withStatus(401));
    assertThrows(TrezaException.Unauthorised.class, this::followed);
  }

  @Test
  void aReaderWhoHasEnoughIsNotMadeToWait() {
    platformAnswers(logs("DEPLOYED", "2:b", "1:a"));
    try (Stream<LogEntry> lines = client.followEnclaveLogs("e", LogType.APPLICATION)) {
      assertEquals(2, lines.limit(2).count());
    }
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void closingByAnotherThreadEndsTheWait() throws InterruptedException {
    platformAnswers(logs("DEPLOYED", "1:a"));
    CountDownLatch first = new CountDownLatch(1);
    try (TrezaClient slow = builder().pollInterval(Duration.ofDays(1)).build()) {
      Stream<LogEntry> lines = slow.followEnclaveLogs("e", LogType.APPLICATION);
      Thread reader = new Thread(() -> lines.forEach(line -> first.countDown()));
      reader.start();
      first.await();
      lines.close();
      reader.join();
    }
  }

  @Test
  void anInterruptEndsItAndIsKept() {
    platformAnswers(logs("DEPLOYED", "1:a"));
    try (Stream<LogEntry> lines = client.followEnclaveLogs("e", LogType.APPLICATION)) {
      Iterator<LogEntry> iterator = lines.iterator();
      assertEquals("a", iterator.next().message());
      Thread.currentThread().interrupt();
      assertThrows(TrezaException.Cancelled.class, iterator::hasNext);
      assertTrue(Thread.interrupted());
    }
  }
}
