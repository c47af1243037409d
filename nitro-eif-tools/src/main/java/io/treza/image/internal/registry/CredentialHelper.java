package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.internal.Json;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program {@code docker-credential-NAME} on the path: {@code get} with the registry on standard
 * input answers with JSON (docker-credential-helpers, "Development").
 */
record CredentialHelper(String name, String searchPath) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final int MAX_ANSWER = 1 << 20;
  private static final long SECONDS = 60;
  private static final String NOT_FOUND = "credentials not found in native keychain";
  // The user name that says the secret is an identity token.
  private static final String TOKEN = "<token>";

  Optional<RegistryCredential> get(String registry) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new ImageException("Docker configuration: \"" + name + "\" names no credential helper");
    }
    String program = "docker-credential-" + name;
    Path file = find(program)
        .orElseThrow(() -> new ImageException(program
            + ", which the Docker configuration names for "
            + registry
            + ", is not on the path; install it or log in without it"));
    Process process = new ProcessBuilder(file.toString(), "get")
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    try {
      return answer(program, process, registry);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException(program + ": interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Looked for here, since Windows would also look in the current directory. */
  private Optional<Path> find(String program) {
    for (String entry : searchPath.split(Pattern.quote(File.pathSeparator))) {
      for (String suffix : List.of("", ".exe")) {
        Path file = Path.of(entry, program + suffix);
        if (file.isAbsolute() && Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<RegistryCredential> answer(
      String program, Process process, String registry) throws IOException, InterruptedException {
    // Read aside, so that a program that answers nothing and never ends is noticed.
    CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> read(process));
    try (OutputStream in = process.getOutputStream()) {
      in.write(registry.getBytes(UTF_8));
    } catch (IOException e) {
      // It need not read its input to answer.
    }
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      throw new ImageException(program + ": no answer in " + SECONDS + " s for " + registry);
    }
    byte[] bytes = output.join();
    if (process.exitValue() != 0) {
      if (new String(bytes, UTF_8).strip().equals(NOT_FOUND)) {
        return Optional.empty();
      }
      throw new ImageException(program
          + ": exit status "
          + process.exitValue()
          + " for "
          + registry
          + "; run it by hand to see why, or log in again");
    }
    if (bytes.length > MAX_ANSWER) {
      throw new ImageException(program + ": an answer of over 1 MiB");
    }
    Json json = DockerConfig.parse(bytes, program);
    String user = json.get("Username").stringOr("");
    String secret = json.get("Secret").stringOr("");
    if (user.isEmpty() && secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        user.equals(TOKEN)
            ? new RegistryCredential.IdentityToken(secret)
            : new RegistryCredential.Password(user, secret));
  }

  private static byte[] read(Process process) {
    try (InputStream out = process.getInputStream()) {
      return out.readNBytes(MAX_ANSWER + 1);
    } catch (IOException e) {
      return new byte[0]; // it was ended
    }
  }
}
