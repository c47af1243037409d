package io.treza.enclave.internal.tls;

import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.util.IPAddress;

/**
 * A name that a certificate is for: a DNS name in lower case, or an IP address.
 *
 * @param text as in a URL, an IPv6 address without brackets
 * @param address whether it is an IP address
 */
public record HostName(String text, boolean address) {
  private static final int MAX_LENGTH = 253;
  private static final Pattern LABELS =
      Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
  private static final Pattern LOOKS_LIKE_IPV4 = Pattern.compile("[0-9.]+");

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static HostName of(String text) {
    if (IPAddress.isValid(text)) {
      return new HostName(text, true);
    }
    String name = text.toLowerCase(Locale.ROOT);
    if (name.length() > MAX_LENGTH
        || !LABELS.matcher(name).matches()
        || LOOKS_LIKE_IPV4.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a certificate can be for a DNS name like orders.example.com or for an IP address, not for"
              + " \"" + text + "\"; an internationalized name is written in its xn-- form");
    }
    return new HostName(name, false);
  }

  GeneralName generalName() {
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, text);
  }

  /** Whether a DNS name of a certificate is this one, or a wildcard for it (RFC 9525, section 6.3). */
  boolean isCoveredBy(GeneralName name) {
    if (name.equals(generalName())) {
      return true;
    }
    int dot = text.indexOf('.');
    return !address
        && dot > 0
        && name.equals(new GeneralName(GeneralName.dNSName, "*" + text.substring(dot)));
  }
}
