package io.treza.cli;

import io.treza.platform.TrezaPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The API key that {@code treza serve} makes, and the wallet it is for.
 *
 * <p>The wallet is an address in the form that clients expect and stands for nobody on a chain. It
 * is no secret and is kept beside the data, so that a key that is made later reaches the same
 * enclaves; the key is kept nowhere.
 */
record FirstKey(String key, String wallet) {
  private static final String FILE = "wallet";
  private static final int ADDRESS_BYTES = 20;

  /** A key if one was asked for or the platform has none. */
  static Optional<FirstKey> of(
      TrezaPlatform platform, Path data, Optional<String> wallet, boolean wanted)
      throws IOException {
    if (!wanted && platform.hasKeys()) {
      return Optional.empty();
    }
    String address = wallet.isPresent() ? wallet.get() : kept(data.resolve(FILE));
    return Optional.of(new FirstKey(platform.newKey("treza serve", address), address));
  }

  private static String kept(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] address = new byte[ADDRESS_BYTES];
      new SecureRandom().nextBytes(address);
      OutputFile.write(file, "0x" + HexFormat.of().formatHex(address) + "\n");
    }
    return Files.readString(file).strip();
  }

  /** Never the key. */
  @Override
  public String toString() {
    return "FirstKey[" + wallet + "]";
  }
}
