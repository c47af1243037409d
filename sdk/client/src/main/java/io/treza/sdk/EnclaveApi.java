package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** The routes about enclaves, but for creating one: {@link Creation}. */
final class EnclaveApi {
  static final String ENCLAVES = "/api/enclaves";
  private static final String ENCLAVE = ENCLAVES + "/{id}";
  private static final String ATTESTATION = ENCLAVE + "/attestation";
  private static final String VERIFY = ATTESTATION + "/verify";

  private final Rest rest;

  EnclaveApi(Rest rest) {
    this.rest = rest;
  }

  Enclave get(String id) {
    return Enclave.read(rest.send(ApiRequest.get(ENCLAVE, id)).object("enclave"));
  }

  List<Enclave> list() {
    Credentials as = rest.credentials();
    return rest.send(Rest.withWallet(ApiRequest.get(ENCLAVES), as), as)
        .list("enclaves", Enclave::read);
  }

  /** Sent once: a change may have effects of its own, such as another deployment. */
  Enclave update(UpdateEnclaveRequest request) {
    Credentials as = rest.credentials();
    if (request.hasSecret()) {
      rest.confidential();
    }
    return Enclave.read(rest.send(ApiRequest.put(ENCLAVES).body(request.json(Rest.wallet(as))), as)
        .object("enclave"));
  }

  /** Sent once: the second time the enclave is no longer in the status this begins from. */
  Enclave act(String id, EnclaveAction action) {
    Credentials as = rest.credentials();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("action", action.value());
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    return Enclave.read(
        rest.send(ApiRequest.of("PATCH", ENCLAVE, id).body(body), as).object("enclave"));
  }

  void delete(String id) {
    rest.delete(ApiRequest.delete(ENCLAVE, id));
  }

  EnclaveLogs logs(String id, LogType type, int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, but is " + limit);
    }
    return EnclaveLogs.read(rest.send(ApiRequest.get(ENCLAVE + "/logs", id)
        .query("type", type.value())
        .query("limit", Integer.toString(limit))));
  }

  AttestationClaim attestation(String id, Optional<String> nonce) {
    ApiRequest request = ApiRequest.get(ATTESTATION, id);
    return AttestationClaim.read(
        rest.send(nonce.map(hex -> request.query("nonce", hex)).orElse(request)));
  }

  SortedMap<Integer, String> pcrs(String id) {
    return rest.send(ApiRequest.get(ENCLAVE + "/pcrs", id)).object("pcrs").registers();
  }

  VerificationClaim verificationStatus(String id) {
    return VerificationClaim.read(rest.send(ApiRequest.get(VERIFY, id)));
  }

  /** The route wants a body, if an empty object. Asking twice changes nothing. */
  VerdictClaim verdict(String id, VerdictRequest request) {
    return VerdictClaim.read(
        rest.send(ApiRequest.post(VERIFY, id).body(request.json()).repeatable()));
  }
}
