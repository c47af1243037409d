package io.treza.attestation.internal;

import java.util.HexFormat;

/** Shows untrusted values in messages: short, and without control characters. */
public final class Text {
  private static final int MAX = 80;

  private Text() {}

  /** In double quotes, cut after 80 characters, anything but printable ASCII as "?". */
  public static String quoted(String value) {
    String shown = value.length() > MAX ? value.substring(0, MAX) : value;
    String safe = shown.replaceAll("[^\\x20-\\x7e]", "?");
    return '"' + (value.length() > MAX ? safe + "…" : safe) + '"';
  }

  /** Hexadecimal, cut after 48 bytes. */
  public static String hex(byte[] bytes) {
    return bytes.length <= 48
        ? HexFormat.of().formatHex(bytes)
        : HexFormat.of().formatHex(bytes, 0, 48) + "… (" + bytes.length + " bytes)";
  }
}
