package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The repository an enclave is built from.
 *
 * @param isConnected whether the platform may read it
 * @param username whose GitHub account
 * @param selectedRepo for example {@code owner/name}
 * @param selectedBranch for example {@code main}
 * @param accessToken what the platform reads it with
 */
public record GitHubConnection(
    boolean isConnected,
    Optional<String> username,
    Optional<String> selectedRepo,
    Optional<String> selectedBranch,
    Optional<Secret> accessToken) {

  static GitHubConnection read(Fields fields) {
    return new GitHubConnection(
        fields.flag("isConnected"),
        fields.text("username"),
        fields.text("selectedRepo"),
        fields.text("selectedBranch"),
        fields.secret("accessToken"));
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("isConnected", isConnected);
    username.ifPresent(value -> json.put("username", value));
    selectedRepo.ifPresent(value -> json.put("selectedRepo", value));
    selectedBranch.ifPresent(value -> json.put("selectedBranch", value));
    accessToken.ifPresent(value -> json.put("accessToken", value.value()));
    return json;
  }
}
