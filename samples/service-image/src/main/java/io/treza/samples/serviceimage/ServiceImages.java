package io.treza.samples.serviceimage;

import io.treza.testkit.DevelopmentRoot;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the container images of the two enclaves: the one that takes orders, and the keeper. */
public final class ServiceImages {
  /** The keeper's address, as the service knows it. */
  static final String KEEPER = "keeper.example.com:8443";

  /** Which shops may be told of orders. */
  static final String SHOPS = "*.shop.example.com:443";

  /** What signs documents where QEMU does not. */
  static final String SIGNER = "signer.emulated:7000";

  /** Where an emulation keeps the root that it signs documents under. */
  static final String DEVELOPMENT_ROOT = "development-root";

  private static final String PACKAGE = "io.treza.samples.service.";

  private ServiceImages() {}

  /**
   * Writes them.
   *
   * @param arguments a directory with {@code publisher.pem}, the public key that signs reference
   *     values, and {@code authorities.pem}, the certificates that shops are believed by; the images
   *     become {@code orders} and {@code keeper} in it. Then the class path of the service. Then, to
   *     be booted in QEMU, {@code emulated}: a development root is trusted in the place of AWS's
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 2) {
      throw new IllegalArgumentException("usage: ServiceImages DIRECTORY CLASS_PATH [emulated]");
    }
    Path directory = Path.of(arguments[0]);
    List<Path> classPath =
        Arrays.stream(arguments[1].split(File.pathSeparator)).map(Path::of).toList();
    boolean emulated = arguments.length > 2 && arguments[2].equals("emulated");
    Map<String, byte[]> settings = settings(directory, emulated);
    JavaRuntime runtime = JavaRuntime.link(directory.resolve("runtime"));
    image(classPath, settings, "orders", "OrdersService")
        .variable("KEEPER", "https://" + KEEPER)
        .allow(emulated ? List.of(KEEPER, SHOPS, SIGNER) : List.of(KEEPER, SHOPS))
        .write(directory.resolve("orders"), runtime);
    image(classPath, settings, "keeper", "KeeperService")
        .allow(emulated ? List.of(SIGNER) : List.of())
        .write(directory.resolve("keeper"), runtime);
  }

  private static Map<String, byte[]> settings(Path directory, boolean emulated)
      throws IOException {
    Map<String, byte[]> settings = new LinkedHashMap<>();
    for (String name : List.of("publisher.pem", "authorities.pem")) {
      settings.put(name, Files.readAllBytes(directory.resolve(name)));
    }
    if (emulated) {
      DevelopmentRoot root = DevelopmentRoot.loadOrCreate(
          directory.resolve(DEVELOPMENT_ROOT), InstantSource.system());
      settings.put("development-root.der", root.certificate().der());
    }
    return settings;
  }

  private static ServiceImage image(
      List<Path> classPath, Map<String, byte[]> settings, String name, String program)
      throws IOException {
    ServiceImage image = new ServiceImage(PACKAGE + program)
        .classPath(classPath)
        .variable("SERVICE_HOST", name + ".example.com");
    settings.forEach(image::setting);
    return image;
  }
}
