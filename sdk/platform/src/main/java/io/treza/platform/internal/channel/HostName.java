package io.treza.platform.internal.channel;

import java.util.regex.Pattern;

/** The two spellings of a host that are taken: a DNS name in lower case, four decimal numbers. */
public final class HostName {
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final int LONGEST = 253;

  /**
   * What the C library reads as a number: a name that ends so is an address in one of many other
   * spellings (127.1, 0x7f.1, 2130706433), which no rule would name.
   */
  private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");

  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern ADDRESS = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

  private HostName() {}

  /** Whether it is a DNS name (RFC 1123, 2.1), without a dot at the end. */
  public static boolean isName(String text) {
    return text.length() <= LONGEST
        && NAME.matcher(text).matches()
        && !NUMERIC_END.matcher(text).matches();
  }

  /** Whether it is an IPv4 address. */
  public static boolean isAddress(String text) {
    return ADDRESS.matcher(text).matches();
  }
}
