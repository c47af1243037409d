package io.treza.audit.internal.readiness;

import io.treza.audit.CheckId;
import io.treza.audit.EnclaveTarget.Recipe;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import java.util.List;
import java.util.Optional;

/** Judges how the enclave image file is made, as far as that was said: E16 and E18. */
record RecipeChecks(Optional<Recipe> recipe) {
  List<Finding> check() {
    if (recipe.isEmpty()) {
      String why = "how the enclave image file is made was not said";
      return List.of(
          Finding.of("E16", Result.NOT_APPLICABLE, why),
          Finding.of("E18", Result.NOT_APPLICABLE, why));
    }
    return switch (recipe.get()) {
      case TREZA ->
        List.of(
            Finding.of("E16", Result.PASS, "it is made from an image, not from a directory"),
            Finding.of("E18", Result.PASS, "the image is pulled with Docker's credential helpers"));
      case NITRO_CLI_URI ->
        List.of(
            Finding.of("E16", Result.PASS, "it is made from an image, not from a directory"),
            warn(
                "E18",
                "nitro-cli pulls with auths[].auth of Docker's configuration alone, takes"
                    + " DOCKER_CONFIG for a file and knows no credential helper: a private image"
                    + " fails to be pulled"));
      case NITRO_CLI_DIRECTORY ->
        List.of(
            warn(
                "E16",
                "nitro-cli --docker-dir sends the directory whole, whatever .dockerignore says:"
                    + " COPY . takes .git, keys and tests along"),
            warn(
                "E18",
                "nitro-cli gives Docker no credentials for what FROM names: a private base image"
                    + " fails to be pulled"));
    };
  }

  private static Finding warn(String id, String message) {
    return new Finding(
        id, Result.WARN, message, new Location.Whole(), CheckId.valueOf(id).fix());
  }
}
