package io.treza.cli;

import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.publish.AttachedReferenceValues;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image in a registry that reference values are attached to. */
final class RegistryOptions {
  @Parameters(
      index = "0",
      paramLabel = "NAME@DIGEST",
      description = "The image, as registry.example/app@sha256:...")
  private String image = "";

  @Option(
      names = "--insecure-http",
      paramLabel = "REGISTRY",
      description = {
        "Talk to this registry (host or host:port) without TLS: others can read the password. Never",
        "needed for localhost."
      })
  private List<String> insecure = List.of();

  AttachedReferenceValues attached() {
    RegistryAccess.Builder access = RegistryAccess.builder();
    insecure.forEach(access::insecureHttp);
    return AttachedReferenceValues.of(RegistryReference.parse(image), access.build());
  }

  @Override
  public String toString() {
    return image;
  }
}
