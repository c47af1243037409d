package io.treza.attestation.internal.reference;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM file of public keys (RFC 7468, section 13). */
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

  private Pem() {}

  /**
   * The DER of each key.
   *
   * @throws IllegalArgumentException if a block holds something else, or is damaged
   */
  public static List<byte[]> publicKeys(byte[] pem) {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    Matcher block = BLOCK.matcher(text);
    List<byte[]> keys = new ArrayList<>();
    while (block.find()) {
      if (!block.group(1).equals("PUBLIC KEY")) {
        throw new IllegalArgumentException("the PEM file holds a " + block.group(1)
            + "; give the public key alone, in a block PUBLIC KEY");
      }
      keys.add(Base64.getMimeDecoder().decode(block.group(2)));
    }
    if (text.split("-----BEGIN", -1).length - 1 != keys.size()) {
      throw new IllegalArgumentException("a block of the PEM file is damaged");
    }
    return keys;
  }
}
