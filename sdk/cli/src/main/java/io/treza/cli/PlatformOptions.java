package io.treza.cli;

import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaClientBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which platform to talk to, and as whom: options, or the environment where there are none. */
final class PlatformOptions {
  @Option(
      names = "--platform",
      paramLabel = "URL",
      description = "The platform, such as http://127.0.0.1:3000. Default: TREZA_PLATFORM_URL.")
  private @Nullable URI platform;

  @Option(
      names = "--wallet",
      paramLabel = "ADDRESS",
      description = "The wallet to act for. Default: TREZA_WALLET_ADDRESS.")
  private @Nullable String wallet;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = {
        "File with the API key; - is standard input. Default: the key itself in TREZA_API_KEY. Never",
        "an argument: others can read those."
      })
  private @Nullable String apiKeyFile;

  /** A client that is about to be made. */
  TrezaClientBuilder client() {
    // No default: the key of one's own platform must not go to another by omission.
    TrezaClientBuilder builder = TrezaClient.builder()
        .baseUrl(Optional.ofNullable(platform)
            .or(() -> environment("TREZA_PLATFORM_URL").map(URI::create))
            .orElseThrow(() -> new Unusable(
                "where is the platform? Give --platform URL, or set TREZA_PLATFORM_URL")));
    Optional<String> address =
        Optional.ofNullable(wallet).or(() -> environment("TREZA_WALLET_ADDRESS"));
    Optional<String> key = Optional.ofNullable(apiKeyFile)
        .map(file -> new String(Inputs.read(file), StandardCharsets.UTF_8).strip())
        .or(() -> environment("TREZA_API_KEY"));
    if (address.isEmpty() && key.isEmpty()) {
      throw new Unusable("as whom? Give --api-key-file FILE or --wallet ADDRESS, or set"
          + " TREZA_API_KEY or TREZA_WALLET_ADDRESS");
    }
    address.ifPresent(builder::walletAddress);
    key.ifPresent(builder::apiKey);
    return builder;
  }

  private static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }
}
