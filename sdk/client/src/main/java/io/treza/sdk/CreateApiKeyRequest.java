package io.treza.sdk;

import java.util.List;

/**
 * An API key to be made.
 *
 * @param name what people call it; not empty
 * @param permissions what it may do
 */
public record CreateApiKeyRequest(String name, List<Permission> permissions) {
  public CreateApiKeyRequest {
    CreateEnclaveRequest.required("name", name);
    permissions = List.copyOf(permissions);
  }
}
