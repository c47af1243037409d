package io.treza.eif;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.internal.CertificateText;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * What {@code nitro-cli describe-eif} prints about an EIF, field for field, except that the
 * signature is checked against the measured PCR0 and never believed about it.
 */
public final class EifDescription {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
      .defaultPrettyPrinter(new DefaultPrettyPrinter(Separators.createDefaultInstance()
              .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
              .withObjectEmptySeparator("")
              .withArrayEmptySeparator(""))
          .withArrayIndenter(new DefaultIndenter("  ", "\n"))
          .withObjectIndenter(new DefaultIndenter("  ", "\n")))
      .build();

  private static final List<String> BUILD_FIELDS =
      List.of("BuildTime", "BuildTool", "BuildToolVersion", "OperatingSystem", "KernelVersion");

  private EifDescription() {}

  /**
   * The description as JSON with two spaces of indentation and no final line end.
   *
   * @throws EifException if the image cannot be measured, or its signature or metadata not be read;
   *     nitro-cli fails there too
   * @throws IOException if the file cannot be read
   */
  public static String json(EifFile eif) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("EifVersion", eif.header().version());
    EifMeasurements measured = eif.measurements()
        .orElseThrow(
            () -> new EifException(eif.path().toString(), eif.violations().get(0)));
    root.setAll((ObjectNode) JSON.readTree(measured.toJson()));
    Optional<SignatureCheck> signature = eif.signature();
    root.put("IsSigned", signature.isPresent());
    if (signature.isPresent()) {
      root.set("SigningCertificate", certificate(eif, signature.get()));
    }
    root.put("CheckCRC", !eif.violates(EifRule.CRC));
    if (signature.isPresent()) {
      root.put("SignatureCheck", signature.get() instanceof SignatureCheck.Valid);
    }
    if (eif.find(EifSection.Type.METADATA).isPresent()) {
      addMetadata(root, eif);
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and parsed JSON always serialise", e);
    }
  }

  private static ObjectNode certificate(EifFile eif, SignatureCheck check) throws EifException {
    if (check instanceof SignatureCheck.Malformed malformed) {
      throw signature(eif, EifRule.SIGNATURE_FORM, malformed.reason());
    } else if (check instanceof SignatureCheck.Invalid invalid) {
      throw signature(eif, EifRule.SIGNATURE_INVALID, invalid.reason());
    }
    X509Certificate certificate = check.certificate().orElseThrow();
    ObjectNode node = JSON.createObjectNode();
    ObjectNode issuer = node.putObject("IssuerName");
    CertificateText.issuer(certificate).forEach(issuer::put);
    node.put("Algorithm", CertificateText.algorithm(certificate));
    node.put("NotBefore", CertificateText.time(certificate.getNotBefore().toInstant()));
    node.put("NotAfter", CertificateText.time(certificate.getNotAfter().toInstant()));
    node.put("Signature", CertificateText.colons(certificate.getSignature()));
    return node;
  }

  private static EifException signature(EifFile eif, EifRule rule, String reason) {
    long offset = eif.find(EifSection.Type.SIGNATURE).orElseThrow().offset();
    return new EifException(eif.path().toString(), new EifFinding(rule, offset, reason));
  }

  private static void addMetadata(ObjectNode root, EifFile eif) throws IOException {
    ObjectNode metadata = metadata(eif);
    root.set("ImageName", metadata.get("ImageName"));
    root.set("ImageVersion", metadata.get("ImageVersion"));
    ObjectNode shown = root.putObject("Metadata");
    BUILD_FIELDS.forEach(key -> shown.set(key, metadata.get("BuildMetadata").get(key)));
    shown.set("DockerInfo", metadata.get("DockerInfo"));
    if (metadata.get("CustomMetadata") instanceof ObjectNode custom) {
      shown.setAll(custom);
    }
  }

  /**
   * The metadata of a file that has some, checked for what AWS's reader requires.
   *
   * @throws EifException if it is not of the form
   */
  static ObjectNode metadata(EifFile eif) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(eif.metadata().orElse(""));
    } catch (JsonProcessingException e) {
      throw malformed(eif, "not JSON: " + e.getOriginalMessage());
    }
    if (!(root instanceof ObjectNode object)) {
      throw malformed(eif, "no JSON object");
    }
    requireText(eif, object, "ImageName");
    requireText(eif, object, "ImageVersion");
    JsonNode build = object.path("BuildMetadata");
    for (String key : BUILD_FIELDS) {
      requireText(eif, build, key);
    }
    if (!object.has("DockerInfo") || !object.has("CustomMetadata")) {
      throw malformed(eif, "DockerInfo or CustomMetadata is missing");
    }
    JsonNode custom = object.get("CustomMetadata");
    if (!custom.isNull() && !custom.isObject()) {
      throw malformed(eif, "CustomMetadata is no object");
    }
    return object;
  }

  private static void requireText(EifFile eif, JsonNode node, String key) throws EifException {
    if (!node.path(key).isTextual()) {
      throw malformed(eif, key + " is missing or no string");
    }
  }

  private static EifException malformed(EifFile eif, String what) {
    long offset = eif.find(EifSection.Type.METADATA).orElseThrow().dataOffset();
    return new EifException(
        eif.path().toString(), new EifFinding(EifRule.METADATA_JSON, offset, what));
  }
}
