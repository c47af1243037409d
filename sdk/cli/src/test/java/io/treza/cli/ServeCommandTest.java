package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.EnclaveStatus;
import io.treza.sdk.TrezaClient;
import java.io.BufferedReader;
import java.io.IOException;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
          "--backend=simulated",
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
  @Timeout(120)
  void leavesNothingBehindWhenItIsTerminated() throws Exception {
    Path images = directory.resolve("images");
    Path data = directory.resolve("data");
    DemoImage.write(images.resolve("service"), "mode = strict\n");
    Process server = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.treza.cli.Treza",
            "serve",
            "--port=0",
            "--backend=simulated",
            "--images=" + images,
            "--data=" + data)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    try (BufferedReader out = server.inputReader();
        TrezaClient client = client(URI.create(out.readLine()))) {
      Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder("oci:service")
          .name("service")
          .description("to be left running")
          .region("eu-west-1")
          .build());
      while (!client.getEnclave(enclave.id()).status().equals(EnclaveStatus.DEPLOYED)) {
        Thread.sleep(20);
      }
      assertEquals(1, enclaveImages(data));
      server.destroy();
      server.waitFor();
      assertEquals(0, enclaveImages(data));
    } finally {
      server.destroyForcibly();
    }
  }

  private static TrezaClient client(URI address) {
    return TrezaClient.builder().baseUrl(address).walletAddress("0x0").build();
  }

  private static long enclaveImages(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return files.filter(file -> file.toString().endsWith(".eif")).count();
    }
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
