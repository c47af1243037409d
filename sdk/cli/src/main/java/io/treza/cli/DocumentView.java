package io.treza.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import java.io.PrintWriter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Shows the fields of a document: for people, or as JSON with the field names of the document
 * itself, certificates in base64 and other bytes in hexadecimal.
 */
final class DocumentView {
  /** Controls, line and paragraph separators, and what changes the direction of text. */
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private DocumentView() {}

  /** Anybody may have written the value: a control character in it could forge a line. */
  static void line(PrintWriter out, String name, String value) {
    out.println(
        String.format(Locale.ROOT, "  %-12s", name) + CONTROL.matcher(value).replaceAll("?"));
  }

  /** Leaves out registers that are zero. */
  static void print(AttestationDocument document, PrintWriter out) {
    line(out, "module_id", document.moduleId());
    line(out, "timestamp", document.timestamp().toString());
    document.pcrs().entrySet().stream()
        .filter(pcr -> !pcr.getValue().isZero())
        .forEach(pcr -> line(out, "PCR" + pcr.getKey(), pcr.getValue().toString()));
    line(out, "nonce", bytes(document.nonce()));
    line(out, "user_data", bytes(document.userData()));
    line(out, "public_key", bytes(document.publicKey()));
  }

  static ObjectNode json(AttestationDocument document) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("module_id", document.moduleId());
    node.put("digest", document.digest());
    node.put("timestamp", document.timestamp().toEpochMilli());
    node.put("time", document.timestamp().toString());
    ObjectNode pcrs = node.putObject("pcrs");
    document.pcrs().forEach((index, value) -> pcrs.put(index.toString(), value.toString()));
    node.put("certificate", base64(document.certificate()));
    ArrayNode bundle = node.putArray("cabundle");
    document.cabundle().forEach(certificate -> bundle.add(base64(certificate)));
    node.put("public_key", document.publicKey().map(DocumentView::hex).orElse(null));
    node.put("user_data", document.userData().map(DocumentView::hex).orElse(null));
    node.put("nonce", document.nonce().map(DocumentView::hex).orElse(null));
    return node;
  }

  private static String bytes(Optional<byte[]> value) {
    return value.map(b -> b.length == 0 ? "empty" : hex(b)).orElse("none");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
