package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares what the testkit makes with what real enclaves made. */
class RealShapeTest {
  /** When AWS made its root, so that dates near 2050 take the same form. */
  private static final Instant THEN = Instant.parse("2019-10-28T13:28:05Z");

  private static List<DecodedDocument> real = List.of();

  @BeforeAll
  static void readRealDocuments() {
    real = RealDocuments.all();
  }

  private static DecodedDocument made(boolean indefinite) {
    InstantSource clock = InstantSource.fixed(THEN);
    DevelopmentRoot root = DevelopmentRoot.create(Naming.AWS_SHAPED, clock);
    CertificateChain chain = CertificateChain.builder(root).clock(clock).build();
    return DecodedDocument.read(
        DocumentBuilder.of(chain).indefiniteMap(indefinite).build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theDocumentHasTheFormOfRealOnes(boolean indefinite) {
    Set<String> forms =
        real.stream().map(RealShapeTest::formOfDocument).collect(Collectors.toSet());
    String form = formOfDocument(made(indefinite));
    assertTrue(forms.contains(form), () -> form + "\nis none of\n" + String.join("\n", forms));
  }

  @ParameterizedTest
  @EnumSource(CertificateChain.Level.class)
  void theCertificateHasTheFormOfRealOnes(CertificateChain.Level level) {
    int index = List.of(CertificateChain.Level.values()).indexOf(level);
    Function<DecodedDocument, String> form =
        document -> formOfCertificate(document.certificates().get(index));
    Set<String> forms = real.stream().map(form).collect(Collectors.toSet());
    String made = form.apply(made(false));
    assertTrue(forms.contains(made), () -> made + "\nis none of\n" + String.join("\n", forms));
  }

  @ParameterizedTest
  @EnumSource(CertificateChain.Level.class)
  void theCertificateLivesAsLongAsRealOnes(CertificateChain.Level level) {
    int index = List.of(CertificateChain.Level.values()).indexOf(level);
    List<Duration> lifetimes = real.stream()
        .map(document -> lifetime(document.certificates().get(index)))
        .sorted()
        .toList();
    Duration made = lifetime(made(false).certificates().get(index));
    assertTrue(made.compareTo(lifetimes.get(0)) >= 0, made + " < " + lifetimes.get(0));
    Duration longest = lifetimes.get(lifetimes.size() - 1);
    assertTrue(made.compareTo(longest) <= 0, made + " > " + longest);
  }

  @Test
  void theNamesDifferFromRealOnesInIdsOnly() {
    List<String> made =
        made(false).certificates().stream().map(RealShapeTest::names).toList();
    for (DecodedDocument document : real) {
      List<String> names =
          document.certificates().stream().map(RealShapeTest::names).toList();
      assertEquals(names, made);
    }
  }

  @Test
  void theLeafsSerialNumberIsMadeOfTheSameParts() {
    for (DecodedDocument document : real) {
      assertEquals(serialFromParts(document), serial(document), document.moduleId());
    }
    DecodedDocument made = made(false);
    assertEquals(serialFromParts(made), serial(made));
  }

  private static String serial(DecodedDocument document) {
    return HexFormat.of()
        .formatHex(document.certificates().get(4).getSerialNumber().toByteArray());
  }

  private static String serialFromParts(DecodedDocument document) {
    Instant notAfter = document.certificates().get(4).getNotAfter().toInstant();
    long seconds = notAfter.minus(Duration.ofHours(3)).getEpochSecond();
    return document.moduleId().split("-enc")[1] + HexFormat.of().toHexDigits(seconds);
  }

  private static Duration lifetime(X509Certificate certificate) {
    return Duration.between(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  private static String names(X509Certificate certificate) {
    return (certificate.getSubjectX500Principal() + " by " + certificate.getIssuerX500Principal())
        .replaceAll("i-[0-9a-f]{17}", "<instance>")
        .replaceAll("enc[0-9a-f]{16}", "<enclave>")
        .replaceAll("[0-9a-f]{15,16}\\.", "<id>.")
        .replaceAll("[a-z]{2}-[a-z]+-[0-9]", "<region>");
  }

  /** Order, types and widths; of an optional field only that it is there. */
  private static String formOfDocument(DecodedDocument document) {
    StringBuilder form = new StringBuilder();
    List<DecodedCbor> elements = document.envelope().items();
    form.append(document.envelope().majorType()).append(document.envelope().indefinite());
    form.append(HexFormat.of().formatHex(elements.get(0).content()));
    elements.forEach(element -> form.append(' ').append(element.majorType()));
    form.append(' ').append(elements.get(3).content().length);
    form.append(document.payload().indefinite() ? " indefinite" : " definite");
    List<DecodedCbor> items = document.payload().items();
    for (int i = 0; i < items.size(); i += 2) {
      String key = items.get(i).text();
      DecodedCbor value = items.get(i + 1);
      form.append(' ').append(key).append(':');
      switch (key) {
        case "public_key", "user_data", "nonce" ->
          form.append(value.isNull() || value.majorType() == 2 ? "optional" : "?");
        case "digest" -> form.append(value.text());
        default -> form.append(value.majorType()).append(value.indefinite());
      }
    }
    // Register 16 and later depend on the application.
    for (long i = 0; i < 16; i++) {
      form.append(' ')
          .append(document.payload().get("pcrs").items().get((int) (2 * i)).argument());
      form.append('=').append(document.payload().get("pcrs").get(i).content().length);
    }
    return form.toString();
  }

  /** The tree of identifiers, with the values that carry meaning; no keys, names or lengths. */
  private static String formOfCertificate(X509Certificate certificate) {
    StringBuilder form = new StringBuilder();
    try {
      form(ByteBuffer.wrap(certificate.getEncoded()), form);
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new IllegalArgumentException(e);
    }
    return form.toString();
  }

  private static void form(ByteBuffer in, StringBuilder form) {
    while (in.hasRemaining()) {
      int identifier = in.get() & 0xff;
      int length = in.get() & 0xff;
      if (length > 0x80) {
        int octets = length - 0x80;
        length = 0;
        for (int i = 0; i < octets; i++) {
          length = (length << 8) | (in.get() & 0xff);
        }
      }
      ByteBuffer content = in.slice(in.position(), length);
      in.position(in.position() + length);
      form.append(HexFormat.of().toHexDigits((byte) identifier));
      boolean constructed = (identifier & 0x20) != 0;
      if (constructed) {
        form.append('{');
        form(content, form);
        form.append('}');
      } else if (identifier == 0x01 || identifier == 0x06 || (identifier == 0x04 && length < 16)) {
        byte[] value = new byte[length];
        content.get(value);
        form.append(':').append(HexFormat.of().formatHex(value));
      } else if (identifier == 0x04 && length < 32) {
        form.append('[').append(length).append(']');
      }
    }
  }
}
