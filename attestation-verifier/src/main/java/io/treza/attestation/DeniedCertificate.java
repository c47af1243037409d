package io.treza.attestation;

import java.math.BigInteger;
import java.util.Objects;
import javax.security.auth.x500.X500Principal;

/**
 * A certificate that must not appear in any chain, root included.
 *
 * @param issuer who issued it
 * @param serial its serial number, unique for that issuer (RFC 5280 section 4.1.2.2)
 */
public record DeniedCertificate(X500Principal issuer, BigInteger serial) {
  /** Both are needed: serials of different issuers may be equal. */
  public DeniedCertificate {
    Objects.requireNonNull(issuer);
    Objects.requireNonNull(serial);
  }
}
