package io.treza.attestation.reference;

import java.util.stream.Stream;

/** Another way of writing {@link Samples#complete}, which must mean the same. */
record LegalFile(String name, String json) {
  private static final String COMPLETE = Samples.completeJson();

  static Stream<LegalFile> all() {
    String top = COMPLETE.substring(COMPLETE.indexOf("  \"PCR0\""), COMPLETE.indexOf("  \"measurements\""));
    String releases = COMPLETE.substring(
        COMPLETE.indexOf("  \"measurements\""), COMPLETE.lastIndexOf("\n}"));
    return Stream.of(
        new LegalFile("as it is written", COMPLETE),
        new LegalFile("without white space", COMPLETE.replaceAll("\\s", "")),
        new LegalFile("with carriage returns and tabs", COMPLETE.replace("\n", "\r\n\t")),
        new LegalFile(
            "in another order",
            COMPLETE.replace(releases, "  \"x-end\": 0").replaceFirst("\\{", "{" + releases + ",")),
        new LegalFile("without PCRs at the top", COMPLETE.replace(top, "")),
        new LegalFile("PCRs in upper case", COMPLETE.replace("a0a0", "A0A0").replace("a8a8", "A8a8")),
        new LegalFile("escaped characters", COMPLETE.replace("payments\",", "p\\u0061yments\",")),
        new LegalFile(
            "extensions everywhere",
            COMPLETE.replaceAll("(\"(version|status|sha256|name|repository|scanner)\":)", "\"x-$2\": {\"a\": [1.5, null]}, $1")));
  }

  @Override
  public String toString() {
    return name;
  }
}
