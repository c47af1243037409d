package io.treza.platform.internal.kms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.treza.platform.internal.Guard;
import io.treza.platform.internal.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The simulator on the wire: AWS's JSON 1.1 protocol (Smithy, {@code aws.protocols#awsJson1_1}), in
 * which every request is a POST to the root and a header names the operation.
 */
public final class KmsHandler implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(KmsHandler.class);
  private static final String TARGET = "TrentService.";
  private static final int MAX_BODY = 1 << 20;
  private static final String SIMULATED = "simulated KMS: ";

  private final Guard guard;
  private final Operations operations;

  /** Serves the operations to whom the guard lets in. */
  public KmsHandler(Guard guard, Operations operations) {
    this.guard = guard;
    this.operations = operations;
  }

  private record Answer(int status, ObjectNode body) {}

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", "application/x-amz-json-1.1");
      headers.set("Cache-Control", "no-store");
      headers.set("x-amzn-RequestId", "simulated-" + UUID.randomUUID());
      byte[] body = Json.text(answer.body()).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private Answer answer(HttpExchange exchange) {
    try {
      return new Answer(200, operation(exchange));
    } catch (KmsFault e) {
      return new Answer(400, error(e.type(), e.explanation()));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.error("The KMS simulator failed", e);
      return new Answer(500, error("KMSInternalException", "see the simulator's log"));
    }
  }

  private ObjectNode operation(HttpExchange exchange)
      throws KmsFault, IOException, GeneralSecurityException {
    Headers headers = exchange.getRequestHeaders();
    if (!guard.admits(headers)) {
      throw new KmsFault("AccessDeniedException", "Host or Origin is not one of the simulator's");
    }
    String target = headers.getFirst("X-Amz-Target");
    if (!exchange.getRequestMethod().equals("POST")
        || target == null
        || !target.startsWith(TARGET)) {
      throw new KmsFault(
          "UnknownOperationException", "send a POST whose X-Amz-Target is TrentService.Operation");
    }
    Caller caller = Caller.of(headers, operations.account());
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      throw KmsFault.validation("the request is over " + MAX_BODY + " bytes");
    }
    return operations.run(target.substring(TARGET.length()), caller, new Input(json(body)));
  }

  private static JsonNode json(byte[] body) throws KmsFault {
    try {
      JsonNode node = Json.read(body);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IOException e) {
      // As whatever else is no object.
    }
    throw new KmsFault("SerializationException", "the request is no JSON object");
  }

  private static ObjectNode error(String type, String message) {
    return Json.object().put("__type", type).put("message", SIMULATED + message);
  }
}
