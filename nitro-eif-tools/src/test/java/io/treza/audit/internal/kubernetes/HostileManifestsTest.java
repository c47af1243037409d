package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.audit.PodSecurity;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files made to take all memory or time are refused by line, and large honest ones are read. */
class HostileManifestsTest {
  private static final String POD = "kind: Pod\nspec: {containers: [{name: a, image: b}]}\n";

  @TempDir
  Path directory;

  private Manifests read(String text) throws IOException {
    Path file = directory.resolve("m");
    Files.writeString(file, text);
    return KubernetesAudit.read(file, PodSecurity.Version.latest());
  }

  private void refused(String text, String refusal) {
    String actual = assertThrows(AuditException.class, () -> read(text)).getMessage();
    assertTrue(actual.startsWith(directory.resolve("m") + ":" + refusal), actual);
  }

  private static String lines(int number, String format) {
    return IntStream.rangeClosed(1, number)
        .mapToObj(i -> format.replace("$1", "" + i).replace("$0", "" + (i - 1)))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Test
  void nestedAliases() {
    String laughs =
        "a0: &a0 [" + "x,".repeat(9) + "]\n" + lines(20, "a$1: &a$1 [" + "*a$0,".repeat(9) + "]");
    refused(laughs, "7: more than a million values");
    refused(
        "a0: &a0 {k0: v}\n" + lines(20, "a$1: &a$1 {k$1: [" + "*a$0,".repeat(9) + "]}"),
        "7: more than a million values");
  }

  @Test
  void repeatedText() {
    refused(
        "kind: Pod\na: &a " + "x".repeat(1_000_000) + "\nspec:\n  containers:\n"
            + "  - name: c\n    env:\n" + "    - {name: A, value: *a}\n".repeat(10_000),
        "69: more than a million values");
  }

  @Test
  void repeatedMerges() {
    String many = lines(10_000, "  k$1: v").stripTrailing();
    refused(
        "a: &a\n" + many + "\nb:\n" + "- <<: *a\n".repeat(1000),
        "10051: more than a million values");
  }

  @Test
  void aliasesOfEachOther() {
    refused("a: &a [*b]\nb: &b [*a]\n", "1: the alias *b has no anchor");
  }

  @Test
  void depth() {
    refused("a: " + "[".repeat(1_000_000), "1: objects and lists more than 100 deep");
    refused("{\"a\":" + "[".repeat(1_000_000), "1: objects and lists more than 100 deep");
    refused("a: " + "{a: ".repeat(100_000), "1: objects and lists more than 100 deep");
    refused(
        IntStream.range(0, 2000)
            .mapToObj(i -> " ".repeat(i) + "a:\n")
            .collect(Collectors.joining()),
        "100: objects and lists more than 100 deep");
    refused("- ".repeat(100_000) + "a\n", "1: objects and lists more than 100 deep");
  }

  @Test
  void aDocumentOfMoreThan3MiB() {
    String line = "# " + "x".repeat(60) + "\nk$1: " + "v".repeat(56);
    refused("kind: Pod\n" + lines(30_000, line), "49327: a document of more than 3 MiB");
    refused("{\"a\": \"" + "x".repeat(3 << 20) + "\"}", "1: a document of more than 3 MiB");
    refused("a: b\n" + "\n".repeat(3 << 20), "3145726: a document of more than 3 MiB");
    refused("a: |\n" + "  -- --- x\n".repeat(300_000), "285976: a document of more than 3 MiB");
  }

  @Test
  void tooManyValues() {
    refused("{\"a\": [" + "1,".repeat(1_000_000) + "1]}", "1: more than a million values");
  }

  @Test
  void aLineOfMoreThan1MiB() {
    refused("kind: Pod\na: '" + "x".repeat(1 << 20) + "'\n", "2: a line of more than 1 MiB");
    refused("# " + "x".repeat(1 << 20), "1: a line of more than 1 MiB");
  }

  @Test
  void aFileOfMoreThan16MiB() {
    refused("# " + "x".repeat(16 << 20), "1: larger than 16 MiB");
  }

  @Test
  void tooManyDocuments() {
    refused(("---\n" + POD).repeat(100_000), "15002: more than 10,000 objects");
    refused("---\n".repeat(100_000), "10002: more than 10,000 objects");
    refused("{}".repeat(100_000), "1: more than 10,000 objects");
    refused("kind: List\nitems:\n" + "- {}\n".repeat(100_000), "10002: more than 10,000 objects");
    refused(
        "kind: Pod\nspec:\n  containers:\n" + "  - {image: a}\n".repeat(100_000),
        "4: more than 10,000 objects");
  }

  @Test
  void aBundleOf4MiBIsReadToItsEnd() throws IOException {
    String other = "kind: CustomResourceDefinition\nspec:\n"
        + lines(1000, "  field$1: {description: Some text about the field, type: string}");
    String bundle = ("---\n" + other).repeat(70) + "---\n" + POD;
    assertTrue(bundle.length() > 4 << 20);
    assertEquals(1, read(bundle).workloads().size());
  }

  @Test
  void listsOfManyOffences() throws IOException {
    String pod = "{\"kind\": \"Pod\", \"spec\": {\"volumes\": ["
        + "{\"hostPath\": {\"path\": \"/\"}}, ".repeat(2000)
        + "null], \"containers\": [{\"securityContext\": {\"capabilities\": {\"add\": ["
        + "\"X\", ".repeat(2000) + "\"X\"]}}, \"env\": ["
        + "{\"name\": \"A_PASSWORD\", \"value\": \"swordfish\"}, ".repeat(2000) + "null]}]}}\n";
    int found = read(pod).workloads().get(0).findings().size();
    assertTrue(found > 4000 && found < 4100, "found " + found);
    refused(pod.repeat(40), "25: more than 100,000 findings");
  }

  @Test
  void manyMergesIntoALargeObject() throws IOException {
    String text = "kind: Pod\na: &a\n" + lines(20_000, "  k$1: v") + "b:\n  <<: *a\n"
        + "  <<: {}\n".repeat(300_000) + "spec: {containers: [{name: a}]}\n";
    assertEquals(1, read(text).workloads().size());
  }

  @Test
  void textsThatPatternsCouldTripOver() throws IOException {
    String container = "{\"kind\": \"Pod\", \"spec\": {\"containers\": [{\"name\": \"a\", ";
    for (String rest : List.of(
        "\"env\": [{\"name\": \"X\", \"value\": \"" + "a://:".repeat(500_000) + "\"}]}]}}",
        "\"env\": [{\"name\": \"X\", \"value\": \"" + "eyJ".repeat(800_000) + "\"}]}]}}",
        "\"env\": [{\"name\": \"A_PASSWORD\", \"value\": \"" + "a-".repeat(1_000_000) + "\"}]}]}}",
        "\"env\": [{\"name\": \"" + "A_".repeat(1_000_000) + "\", \"value\": \"x\"}]}]}}",
        "\"args\": [\"--a" + "a".repeat(2_000_000) + "\"]}]}}",
        "\"image\": \"" + "@:/".repeat(800_000) + "\"}]}}",
        "\"image\": \"x\"}], \"volumes\": [{\"hostPath\": {\"path\": \"" + "./".repeat(1_000_000)
            + "\"}}]}}")) {
      assertEquals(1, read(container + rest).workloads().size());
    }
  }

  @Test
  void keysAndTextsOfAnyLengthAndContent() throws IOException {
    String key = "k".repeat(1000);
    String text = "\\u202e\\u0000\\e[31m" + "t".repeat(100_000);
    Manifests manifests = read(
        "kind: Pod\nmetadata: {annotations: {" + key + ": v}}\nspec:\n  containers:\n  - name: \""
            + text + "\"\n    image: \"" + text + "\"\n    env: [{name: \"" + text
            + "\", value: 'ghp_0123456789abcdefghijABCDEFGHIJ012345'}]\n");
    for (var finding : manifests.workloads().get(0).findings()) {
      assertTrue(finding.message().length() < 1000, finding::toString);
      assertTrue(
          finding.message().chars().noneMatch(c -> c < ' ' || c == '\u202e'), finding::toString);
      assertTrue(!finding.message().contains("0123456789"), finding::toString);
    }
  }
}
