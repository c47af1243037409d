package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * One way in which a file can be wrong.
 *
 * @param name what is wrong
 * @param json the file
 * @param problem what the reader must say
 * @param schemaSees whether a JSON Schema can see it too
 */
record HostileFile(String name, byte[] json, Problem problem, boolean schemaSees) {
  private static final String COMPLETE = Samples.completeJson();
  private static final String PCR0 = "a0".repeat(48);
  private static final String FIRST = "\"version\": 1,";

  static Stream<HostileFile> all() {
    return Stream.of(notOneObject(), members(), pcrs(), values(), contradictions())
        .flatMap(s -> s);
  }

  private static Stream<HostileFile> notOneObject() {
    return Stream.of(
        whole("empty", "", Problem.FORM),
        whole("an array", "[" + COMPLETE + "]", Problem.FORM),
        whole("cut off", COMPLETE.substring(0, COMPLETE.length() / 2), Problem.NOT_JSON),
        whole("something follows", COMPLETE + "{}", Problem.NOT_JSON),
        whole("a bracket follows", COMPLETE + "]", Problem.NOT_JSON),
        whole("a comment", "// note\n" + COMPLETE, Problem.NOT_JSON),
        whole("single quotes", COMPLETE.replace('"', '\''), Problem.NOT_JSON),
        whole("NaN", COMPLETE.replace("42", "NaN"), Problem.NOT_JSON),
        whole("a trailing comma", COMPLETE.replace(FIRST, FIRST + ","), Problem.NOT_JSON),
        whole("a byte order mark", "\ufeff" + COMPLETE, Problem.NOT_JSON),
        new HostileFile("UTF-16", utf16(), Problem.NOT_JSON, false),
        new HostileFile("bytes that are not UTF-8", notUtf8(), Problem.NOT_JSON, false),
        whole("sequence twice", doubled("\"sequence\": 41,"), Problem.NOT_JSON),
        whole("measurements twice", doubled("\"measurements\": [],"), Problem.NOT_JSON),
        blind(
            "PCR0 twice in a set",
            "\"PCR1\": \"a1",
            "\"PCR0\": \"" + PCR0 + "\", \"PCR1\": \"a1",
            Problem.NOT_JSON),
        blind("an extension twice", FIRST, FIRST + "\"x-a\": 1, \"x-a\": 2,", Problem.NOT_JSON),
        whole(
            "17 levels deep",
            doubled("\"x-deep\": " + "[".repeat(17) + "]".repeat(17) + ","),
            Problem.NOT_JSON),
        whole(
            "100,000 levels deep", doubled("\"x-deep\": " + "[".repeat(100_000)), Problem.NOT_JSON),
        whole(
            "a number of 100 digits",
            doubled("\"x-n\": " + "9".repeat(100) + ","),
            Problem.NOT_JSON),
        new HostileFile(
            "64 MiB and a byte",
            new byte[ReferenceValues.MAX_BYTES + 1],
            Problem.TOO_LARGE,
            false));
  }

  private static Stream<HostileFile> members() {
    return Stream.of(
        seen("a member nobody knows", FIRST, FIRST + "\"critical\": [],", Problem.FORM),
        seen("Version", FIRST, "\"Version\": 1,", Problem.FORM),
        seen(
            "an unknown member of a release",
            "\"status\"",
            "\"only\": 1, \"status\"",
            Problem.FORM),
        seen(
            "an unknown member of eif", "\"sha384\"", "\"sha512\": \"\", \"sha384\"", Problem.FORM),
        seen(
            "an unknown member of source",
            "\"commit\"",
            "\"tag\": \"v1\", \"commit\"",
            Problem.FORM),
        seen(
            "an unknown member of the policy",
            "\"name\": \"production\"",
            "\"name\": \"production\", \"except\": []",
            Problem.FORM),
        seen(
            "an unknown member of image",
            "\"name\": \"registry",
            "\"tag\": \"latest\", \"name\": \"registry",
            Problem.FORM),
        seen(
            "an unknown member of the scan",
            "\"scanner\"",
            "\"ignored\": [], \"scanner\"",
            Problem.FORM),
        seen(
            "an unknown member of the audit",
            "\"checks\"",
            "\"waived\": [], \"checks\"",
            Problem.FORM),
        seen("no sequence", "\"sequence\": 42,", "", Problem.FORM),
        seen("no expiresAt", "\"expiresAt\": \"2026-04-10T08:00:00Z\",", "", Problem.FORM),
        seen("no status", "\"status\": \"active\",", "", Problem.FORM),
        seen("no application", "\"application\": \"payments\",", "", Problem.FORM),
        seen("no platform", "\"platform\": \"aws-nitro-enclaves\",", "", Problem.FORM),
        seen("no PCRs", "\"pcrs\"", "\"x-pcrs\"", Problem.FORM),
        seen(
            "no sha384 of the EIF",
            ",\n        \"sha384\": \"" + "e3".repeat(48) + "\"",
            "",
            Problem.FORM),
        seen(
            "measurements is an object",
            COMPLETE.substring(COMPLETE.indexOf("\"measurements\"")),
            "\"measurements\": {}}",
            Problem.FORM),
        seen(
            "null for expiresAt",
            "\"2026-04-10T08:00:00Z\",\n  \"PCR0\"",
            "null,\n  \"PCR0\"",
            Problem.FORM),
        seen(
            "null for the audit's scan",
            "\"scan\": {",
            "\"scan\": null, \"x-scan\": {",
            Problem.FORM),
        seen("sequence as text", "42", "\"42\"", Problem.FORM),
        seen("PCR0 as a number", "\"" + PCR0 + "\"", "0", Problem.FORM),
        seen("version 2", FIRST, "\"version\": 2,", Problem.FORM),
        blind("version 1.0", FIRST, "\"version\": 1.0,", Problem.FORM));
  }

  private static Stream<HostileFile> pcrs() {
    return Stream.of(
        seen("PCR0 of 47 bytes", PCR0, "a0".repeat(47), Problem.VALUE),
        seen("PCR0 of 49 bytes", PCR0, "a0".repeat(49), Problem.VALUE),
        seen("PCR0 of 32 bytes", PCR0, "a0".repeat(32), Problem.VALUE),
        seen("PCR0 of 64 bytes", PCR0, "a0".repeat(64), Problem.VALUE),
        seen("PCR0 empty", PCR0, "", Problem.VALUE),
        seen("PCR0 with a prefix", PCR0, "0x" + "a0".repeat(47), Problem.VALUE),
        seen("PCR0 of a million digits", PCR0, "a0".repeat(500_000), Problem.VALUE),
        seen("PCR0 with a line break", PCR0, "\\n" + "a0".repeat(47), Problem.VALUE),
        seen("PCR0 zero", PCR0, "0".repeat(96), Problem.VALUE),
        seen("PCR8 zero", "a8".repeat(48), "0".repeat(96), Problem.VALUE),
        seen("PCR0 with a digit of another script", PCR0, "\u0660".repeat(96), Problem.VALUE),
        seen(
            "a set without PCR2",
            "\"PCR2\": \"" + "a2".repeat(48) + "\",\n        ",
            "",
            Problem.VALUE),
        seen("pcr0 in a set", "\"PCR8\"", "\"pcr0\"", Problem.FORM),
        seen("PCR32 in a set", "\"PCR8\"", "\"PCR32\"", Problem.FORM),
        seen("PCR08 in a set", "\"PCR8\"", "\"PCR08\"", Problem.FORM),
        seen("an extension in a set", "\"PCR8\"", "\"x-PCR8\"", Problem.FORM),
        blind(
            "another PCR0 at the top than in the set",
            "\"PCR0\": \"" + PCR0 + "\",\n  \"PCR1\"",
            "\"PCR0\": \"" + "a1".repeat(48) + "\",\n  \"PCR1\"",
            Problem.VALUE),
        blind("PCRs at the top of a revoked release", "\"active\"", "\"revoked\"", Problem.VALUE),
        blind(
            "PCRs at the top of a deprecated release",
            "\"active\"",
            "\"deprecated\"",
            Problem.VALUE));
  }

  private static Stream<HostileFile> values() {
    return Stream.of(
        seen("another platform", "aws-nitro-enclaves", "aws-nitro-tpm", Problem.VALUE),
        seen("an application without a name", "\"payments\"", "\"\"", Problem.VALUE),
        seen(
            "an application of 1025 characters",
            "\"payments\"",
            "\"" + "\u00e9".repeat(1025) + "\"",
            Problem.VALUE),
        seen("an application of two lines", "\"payments\"", "\"payments\\nadmin\"", Problem.VALUE),
        seen(
            "an application written backwards",
            "\"payments\"",
            "\"pay\u202estnem\"",
            Problem.VALUE),
        seen("half a character", "\"payments\"", "\"pay\\ud800\"", Problem.VALUE),
        seen("a release without a name", "\"v1.2.3\"", "\"\"", Problem.VALUE),
        seen("an unknown status", "\"active\"", "\"trusted\"", Problem.VALUE),
        seen("a status in upper case", "\"active\"", "\"ACTIVE\"", Problem.VALUE),
        seen("a negative sequence", "42", "-1", Problem.VALUE),
        seen("sequence 2^53", "42", "9007199254740992", Problem.VALUE),
        seen("sequence 2^64", "42", "18446744073709551616", Problem.FORM),
        seen("sequence 4.2e300", "42", "4.2e300", Problem.FORM),
        blind("sequence 4.2e1", "42", "4.2e1", Problem.FORM),
        seen("a day that does not exist", "2026-04-10", "2026-02-30", Problem.VALUE),
        seen(
            "a time with an offset",
            "2026-04-10T08:00:00Z",
            "2026-04-10T08:00:00+00:00",
            Problem.VALUE),
        seen(
            "a time with a fraction",
            "2026-04-10T08:00:00Z",
            "2026-04-10T08:00:00.5Z",
            Problem.VALUE),
        seen("a time without a zone", "2026-04-10T08:00:00Z", "2026-04-10T08:00:00", Problem.VALUE),
        seen("a time with a space", "2026-04-10T08:00:00Z", "2026-04-10 08:00:00Z", Problem.VALUE),
        seen("hour 24", "2026-04-10T08:00:00Z", "2026-04-10T24:00:00Z", Problem.VALUE),
        seen("the year 10000", "2026-04-10T", "10000-04-10T", Problem.VALUE),
        seen("the year 1969", "2026-01-10T", "1969-01-10T", Problem.VALUE),
        seen("a digest in upper case", "e2".repeat(32), "E2".repeat(32), Problem.VALUE),
        seen("a digest cut short", "e2".repeat(32), "e2".repeat(31), Problem.VALUE),
        seen(
            "an image digest without sha256:",
            "\"" + Samples.IMAGE + "\"",
            "\"" + "1d".repeat(32) + "\"",
            Problem.VALUE),
        seen("an image digest of sha512", "sha256:1d", "sha512:1d", Problem.VALUE),
        seen("a commit cut short", "c0".repeat(20), "c0c0c0c", Problem.VALUE),
        seen("a blob that is no digest", "sha256:" + "b1".repeat(32), "latest", Problem.VALUE),
        seen("a check nobody knows", "\"H01\"", "\"hardened\"", Problem.VALUE),
        seen("a result nobody knows", "\"PASS\"", "\"OK\"", Problem.VALUE),
        seen("a result in lower case", "\"PASS\"", "\"pass\"", Problem.VALUE),
        seen("an audit of nothing", "\"H01\": \"PASS\"", "\"x-\": \"PASS\"", Problem.VALUE));
  }

  private static Stream<HostileFile> contradictions() {
    return Stream.of(
        blind(
            "an audit of another image",
            "\"image\": \"" + Samples.IMAGE,
            "\"image\": \"sha256:" + "2d".repeat(32),
            Problem.VALUE),
        seen("an audit and no image", "\"image\": {", "\"x-image\": {", Problem.VALUE),
        blind(
            "expired before it was issued",
            "\"expiresAt\": \"2026-04",
            "\"expiresAt\": \"2025-04",
            Problem.VALUE),
        blind(
            "expired when it was issued",
            "\"expiresAt\": \"2026-04-10",
            "\"expiresAt\": \"2026-01-10",
            Problem.VALUE),
        blind(
            "a period that ends before it begins",
            "\"notAfter\": \"2026-04",
            "\"notAfter\": \"2025-04",
            Problem.VALUE),
        seen(
            "no release",
            COMPLETE.substring(COMPLETE.indexOf("\"measurements\"")),
            "\"measurements\": []}",
            Problem.VALUE));
  }

  /** What a schema cannot see, because it begins with parsed JSON. */
  private static HostileFile whole(String name, String json, Problem problem) {
    return new HostileFile(name, Samples.utf8(json), problem, false);
  }

  private static HostileFile blind(String name, String old, String replacement, Problem problem) {
    return new HostileFile(name, replaced(old, replacement), problem, false);
  }

  private static HostileFile seen(String name, String old, String replacement, Problem problem) {
    return new HostileFile(name, replaced(old, replacement), problem, true);
  }

  private static byte[] replaced(String old, String replacement) {
    String changed = COMPLETE.replace(old, replacement);
    assertNotEquals(COMPLETE, changed, old);
    return Samples.utf8(changed);
  }

  private static String doubled(String member) {
    return COMPLETE.replace(FIRST, FIRST + member);
  }

  private static byte[] utf16() {
    return COMPLETE.getBytes(StandardCharsets.UTF_16BE);
  }

  private static byte[] notUtf8() {
    return COMPLETE.replace("payments", "paym\u00e9nts").getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return name + ": " + problem;
  }
}
