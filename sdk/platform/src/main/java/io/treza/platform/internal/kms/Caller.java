package io.treza.platform.internal.kms;

import com.sun.net.httpserver.Headers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who calls, by the access key that a request names (AWS General Reference, "Signature Version 4"):
 * access key {@code Enclave} is the role {@code Enclave} of the simulator's account.
 *
 * <p>The signature is not checked: the simulator keeps no secrets from its own machine, and what it
 * is there to show, that credentials alone give nobody the key, it shows the better.
 *
 * @param arn an IAM role, or the account's root user
 */
record Caller(String arn) {
  private static final Pattern AUTHORIZATION =
      Pattern.compile("AWS4-HMAC-SHA256 +Credential=([\\w+=,.@-]{1,128})/[0-9]{8}/([a-z0-9-]+)/kms/"
          + "aws4_request, *SignedHeaders=[^ ,]+, *Signature=[0-9a-f]{64}");

  static Caller of(Headers headers, Account account) throws KmsFault {
    String header = headers.getFirst("Authorization");
    if (header == null) {
      throw new KmsFault(
          "MissingAuthenticationTokenException", "the request is not signed; set an access key");
    }
    Matcher authorization = AUTHORIZATION.matcher(header);
    if (!authorization.matches()) {
      throw new KmsFault(
          "IncompleteSignatureException", "Authorization is no Signature Version 4 for kms");
    }
    if (!authorization.group(2).equals(account.region())) {
      throw new KmsFault(
          "InvalidSignatureException",
          "signed for region " + authorization.group(2) + "; this is " + account.region());
    }
    return new Caller(account.principal(authorization.group(1)));
  }
}
