package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  @TempDir
  Path directory;

  @Test
  void servesTheApiUntilItIsStopped() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), "s3cret\n");
    StringWriter err = new StringWriter();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (PipedReader pipe = new PipedReader();
        BufferedReader out = new BufferedReader(pipe)) {
      PrintWriter writer = new PrintWriter(new PipedWriter(pipe));
      Future<Integer> status = executor.submit(() -> Treza.run(
          writer,
          new PrintWriter(err),
          "serve",
          "--json",
          "--port=0",
          "--images=" + directory,
          "--data=" + directory.resolve("data"),
          "--token-file=" + token));
      JsonNode announced = JsonMapper.builder().build().readTree(out.readLine());
      URI address = URI.create(announced.get("url").textValue());
      assertEquals(401, get(address, "wrong"));
      assertEquals(200, get(address, "s3cret"));
      assertTrue(Files.exists(Path.of(announced.get("development_root").textValue())));
      executor.shutdownNow();
      assertEquals(0, status.get());
    } finally {
      executor.shutdownNow();
    }
    assertTrue(err.toString().contains("prove nothing about hardware"), err.toString());
  }

  @Test
  void refusesAPortThatIsNone() {
    assertEquals(2, CommandLineRun.of("serve", "--port", "65536").status());
  }

  private static int get(URI address, String token) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(address.resolve("/api/providers"))
        .header("Authorization", "Bearer " + token)
        .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
