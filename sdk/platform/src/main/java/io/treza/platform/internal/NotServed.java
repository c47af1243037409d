package io.treza.platform.internal;

import java.util.List;

/** The hosted platform's routes that need what this server does not have: 501 and why. */
final class NotServed {
  private NotServed() {}

  static List<Route> routes() {
    return List.of(
        route("/api/github/**", "GitHub needs an OAuth application; name an image instead"),
        route(
            "/api/docker/**", "Searching a registry needs a network that this server does not use"),
        route("/api/redact/**", "Redaction is a service of the hosted platform"),
        route("/api/kyc/**", "KYC proofs are a service of the hosted platform"),
        route("/api/zkverify/**", "KYC proofs are a service of the hosted platform"),
        route("/api/pii/**", "Storage of personal data is a service of the hosted platform"),
        route("/api/x402/**", "Payments are a service of the hosted platform"),
        route(
            "/api/enclaves/{id}/sign/**",
            "This platform holds no signing keys; let the workload make its own in the enclave"),
        route(
            "/api/enclaves/{id}/attestation/webhook",
            "This platform calls nobody back; ask it for evidence"));
  }

  private static Route route(String path, String why) {
    return Route.anyKey("*", path, call -> Reply.error(501, "Not served here: " + why));
  }
}
