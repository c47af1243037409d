package io.treza.audit.internal.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Names of files as SARIF has them: URIs, relative to the repository where they can be. */
final class SarifUri {
  private static final String PLAIN = "-._~/!$&'()*+,;=@";

  private SarifUri() {}

  static ObjectNode of(String file) {
    String path = file.replace('\\', '/');
    while (path.startsWith("./")) {
      path = path.substring(2);
    }
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (path.startsWith("/")) {
      node.put("uri", "file://" + encoded(path));
    } else {
      node.put("uri", encoded(path));
      node.put("uriBaseId", "%SRCROOT%");
    }
    return node;
  }

  private static String encoded(String path) {
    StringBuilder uri = new StringBuilder();
    for (byte b : path.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (plain || PLAIN.indexOf(c) >= 0) {
        uri.append(c);
      } else {
        uri.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      }
    }
    return uri.toString();
  }

  private static final String HEX = "0123456789ABCDEF";
}
