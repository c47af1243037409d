package io.treza.sdk.fleet;

import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import java.net.URI;

/** One enclave that is to be attested anew. */
public sealed interface FleetMember {
  /** What reports call it; no two members have one name. */
  String name();

  /**
   * The enclave at the end of a TLS connection: its evidence is asked for over the connection and
   * must bind the connection's key, so that what verifies is what answers there.
   *
   * @param name what reports call it
   * @param address https, host and port
   * @param protocol how it is asked
   */
  record AtAddress(String name, URI address, EvidenceProtocol protocol) implements FleetMember {
    /**
     * Tells a mistake in the question from a member that cannot be reached.
     *
     * @throws IllegalArgumentException if the address is another, or the protocol has no nonces
     */
    public AtAddress {
      requireNonce(name, protocol.nonceBytes());
      if (!isOrigin(address)) {
        throw new IllegalArgumentException(
            name + ": an address is https, host and port, not \"" + address + "\"");
      }
      // Refuses a protocol that wants an enclave's id.
      protocol.address(address, "", new byte[protocol.nonceBytes()]);
    }

    private static boolean isOrigin(URI address) {
      String authority = address.getRawAuthority();
      return "https".equalsIgnoreCase(address.getScheme())
          && authority != null
          && !authority.contains("@")
          && address.getRawPath().matches("/?")
          && address.getRawQuery() == null
          && address.getRawFragment() == null;
    }
  }

  /**
   * An enclave that somebody shows evidence of, for example the platform. Which connection leads to
   * it is not looked at.
   *
   * @param name what the source is asked for: the platform's id of the enclave
   * @param source where the evidence comes from
   */
  record ByEvidence(String name, EvidenceSource source) implements FleetMember {
    /** Refuses a source without nonces. */
    public ByEvidence {
      requireNonce(name, source.nonceBytes());
    }
  }

  private static void requireNonce(String name, int bytes) {
    if (bytes < 16) {
      throw new IllegalArgumentException(name + ": its evidence takes a nonce of " + bytes
          + " bytes; with fewer than 16 anybody" + " could show an old document");
    }
  }
}
