package io.treza.publish;

import java.util.List;

/**
 * A grant on a key (AWS KMS API Reference, {@code GrantListEntry}): a permission beside the policy.
 *
 * @param id what it is revoked by
 * @param grantee who may; an ARN or the name of a service
 * @param operations what, for example {@code Decrypt}
 */
public record KmsGrant(String id, String grantee, List<String> operations) {
  public KmsGrant {
    operations = List.copyOf(operations);
  }
}
