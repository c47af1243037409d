package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the scripts in {@code samples/ci} as the runners of GitHub and GitLab do. */
class CiSampleTest {
  private static final Path SAMPLES = Path.of("../../samples/ci");
  private static final Pattern STEP = Pattern.compile(
      "(?m)^( *)- name: (.+)\n(?:\\1  (?!run:).*\n)*?\\1  run: \\|\n((?:\\1    .*\n)+)");
  private static final Pattern SCRIPT = Pattern.compile("(?m)^    - \\|\n((?:      .*\n)+)");
  private static final Pattern PIN =
      Pattern.compile("(\\./.+|[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+)");

  @TempDir
  Path workspace;

  private Map<String, String> environment;
  private MemoryRegistry registry;

  private record Step(String name, String script) {}

  /** The steps of a file of GitHub's. */
  private static List<Step> steps(String file) throws IOException {
    String workflow = Files.readString(SAMPLES.resolve(file));
    List<Step> steps = new ArrayList<>();
    Matcher step = STEP.matcher(workflow);
    while (step.find()) {
      steps.add(new Step(step.group(2), step.group(3).stripIndent()));
    }
    assertEquals(workflow.lines().filter(l -> l.strip().startsWith("run:")).count(), steps.size());
    return steps;
  }

  private static Step step(String file, String name) throws IOException {
    return steps(file).stream().filter(s -> s.name.equals(name)).findFirst().orElseThrow();
  }

  /** The scripts of a file of GitLab's. */
  private static List<Step> scripts(String file) throws IOException {
    String jobs = Files.readString(SAMPLES.resolve(file));
    List<Step> steps = new ArrayList<>();
    Matcher script = SCRIPT.matcher(jobs);
    while (script.find()) {
      steps.add(new Step("script " + steps.size(), script.group(1).stripIndent()));
    }
    assertEquals(jobs.lines().filter(l -> l.strip().equals("- |")).count(), steps.size());
    return steps;
  }

  /** Lays out what settings, secrets and other steps bring. */
  @BeforeEach
  void prepare() throws IOException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "bash"))),
        "bash is not installed");
    Path keys = Requirement.shared("eif/golden/keys");
    DemoImage.write(workspace.resolve("image"), "setting");
    Path blobs = Files.createDirectory(workspace.resolve("enclave-blobs"));
    Files.copy(Requirement.shared("eif/golden/in/kernel-a.bin"), blobs.resolve("bzImage"));
    Files.writeString(blobs.resolve("cmdline"), "console=ttyS0\n");
    Files.writeString(blobs.resolve("init"), "not an init");
    Files.copy(keys.resolve("cert384.pem"), workspace.resolve("enclave-signing.pem"));
    Path key = Files.copy(keys.resolve("key384.pem"), workspace.resolve("key.pem"));
    registry = new MemoryRegistry();
    String digest = json("image/index.json").at("/manifests/0/digest").textValue();
    Path manifest = workspace.resolve("image/blobs").resolve(digest.replace(':', '/'));
    assertEquals(digest, registry.image(Files.readString(manifest)));
    environment = new ProcessBuilder().environment();
    environment.putAll(Map.of(
        "IMAGE", "oci:image",
        "SUBJECT", registry.name() + "/app@" + digest,
        "BLOBS", "enclave-blobs",
        "VALUES", "reference-values.json",
        "APPLICATION", "shop/app",
        "RELEASE", "v1",
        "SIGNING_CERTIFICATE", "enclave-signing.pem",
        "SIGNING_KEY", Files.readString(key),
        "VALUES_KEY", Files.readString(key)));
    environment.putAll(Map.of(
        "GITHUB_SERVER_URL", "https://github.example",
        "GITHUB_REPOSITORY", "shop/app",
        "GITHUB_SHA", "0123456789".repeat(4),
        "GITHUB_WORKFLOW_REF", "shop/app/.github/workflows/enclave-image.yml@refs/tags/v1",
        "GITHUB_WORKSPACE", workspace.toString(),
        "GITHUB_STEP_SUMMARY", workspace.resolve("summary.md").toString(),
        "GITHUB_PATH", Files.createFile(workspace.resolve("path")).toString()));
    environment.putAll(Map.of(
        "SIGNING_KEY_FILE", "key.pem",
        "VALUES_KEY_FILE", "key.pem",
        "CI_PROJECT_PATH", "shop/app",
        "CI_PROJECT_URL", "https://gitlab.example/shop/app",
        "CI_COMMIT_SHA", "0123456789".repeat(4),
        "CI_COMMIT_TAG", "v1"));
    // In place of the launcher, which might begin to build what is being tested.
    program(
        "treza",
        "exec '%s' -cp '%s' io.treza.cli.Treza \"$@\""
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path")));
    environment.merge("PATH", "", (path, none) -> workspace.resolve("treza") + ":" + path);
  }

  @AfterEach
  void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  private void program(String name, String script) throws IOException {
    Path program = Files.createDirectories(workspace.resolve("treza")).resolve(name);
    Files.writeString(program, "#!/usr/bin/env bash\n" + script + "\n");
    assertTrue(program.toFile().setExecutable(true));
  }

  /** In place of a scanner: it finds a vulnerability of this severity in every image. */
  private void trivyFinds(String severity) throws IOException {
    String report = """
        {"SchemaVersion": 2, "Trivy": {"Version": "0.60.0"}, "CreatedAt": "%s",
         "ArtifactName": "app", "ArtifactType": "container_image",
         "Metadata": {"OS": {"Family": "alpine", "Name": "3.22.1"}, "RepoDigests": ["app@DIGEST"]},
         "Results": [{"Target": "app", "Class": "os-pkgs", "Type": "alpine", "Vulnerabilities": [
           {"VulnerabilityID": "CVE-2026-1", "PkgName": "musl", "InstalledVersion": "1.2.5-r0",
            "PkgIdentifier": {"PURL": "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=3.22.1"},
            "Severity": "%s", "Status": "affected"}]}]}
        """.formatted(InstantSource.system().instant(), severity);
    Files.writeString(workspace.resolve("report.json"), report);
    // trivy image --quiet --format json --output FILE IMAGE
    program("trivy", "sed \"s/DIGEST/${7##*@}/\" report.json > \"$6\"");
  }

  /** What a step wrote, and its status, with the shell and options that GitHub's runner uses. */
  private int run(Step step) throws IOException, InterruptedException {
    ProcessBuilder bash =
        new ProcessBuilder("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script);
    bash.directory(workspace.toFile())
        .redirectErrorStream(true)
        .redirectOutput(workspace.resolve("log").toFile());
    bash.environment().putAll(environment);
    return bash.start().waitFor();
  }

  private void succeeds(Step step) throws IOException, InterruptedException {
    assertEquals(0, run(step), step.name + ": " + log());
  }

  private String log() throws IOException {
    return Files.readString(workspace.resolve("log"));
  }

  private JsonNode json(String name) throws IOException {
    return JsonMapper.builder().build().readTree(workspace.resolve(name).toFile());
  }

  private String status() throws IOException {
    return json("reference-values.json").at("/measurements/0/status").textValue();
  }

  /** The image's release is in the registry, signed, with its audit and its four registers. */
  private void assertPublished() throws IOException {
    JsonNode pins = json("pins.json").get("Measurements");
    JsonNode built = json("built.json").get("Measurements");
    for (String register : List.of("PCR0", "PCR1", "PCR2")) {
      assertEquals(built.get(register), pins.get(register));
    }
    assertEquals(96, pins.get("PCR8").textValue().length());
    assertEquals(pins, json("description.json").get("Measurements"));
    assertTrue(json("description.json").get("SignatureCheck").booleanValue());
    Path key = Requirement.shared("eif/golden/keys/cert384.pem");
    Path pulled = workspace.resolve("pulled.json");
    CommandLineRun pull = CommandLineRun.of(
        "pcrs",
        "pull",
        environment.get("SUBJECT"),
        "--trusted-key",
        publicKey(key).toString(),
        "--application",
        "shop/app",
        "--output",
        pulled.toString());
    assertEquals(0, pull.status(), pull.out() + pull.err());
    assertTrue(pull.out().contains("PCR8  " + pins.get("PCR8").textValue()), pull.out());
    assertTrue(pull.out().contains("    audit   default"), pull.out());
    assertTrue(pull.out().contains("0123456789".repeat(4)), pull.out());
  }

  private Path publicKey(Path certificate) throws IOException {
    try (InputStream in = Files.newInputStream(certificate)) {
      byte[] der = CertificateFactory.getInstance("X.509")
          .generateCertificate(in)
          .getPublicKey()
          .getEncoded();
      return Files.writeString(
          workspace.resolve("public.pem"),
          "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
              + "\n-----END PUBLIC KEY-----\n");
    } catch (CertificateException e) {
      throw new IOException(e);
    }
  }

  @Test
  void gitHubsReleaseEndsWithASignedImageAndSignedValues()
      throws IOException, InterruptedException {
    succeeds(step("enclave-image.yml", "Put treza on the path"));
    assertEquals(
        List.of(workspace.resolve("treza").toString()),
        Files.readAllLines(workspace.resolve("path")));
    for (Step step : steps("action.yml")) {
      succeeds(step);
    }
    assertTrue(Files.size(workspace.resolve("summary.md")) > 0);
    assertPublished();
  }

  @Test
  void gitHubsRescanTakesWhatFailsOutOfService() throws IOException, InterruptedException {
    for (Step step : steps("action.yml")) {
      succeeds(step);
    }
    succeeds(step("enclave-image.yml", "Put treza on the path again"));
    trivyFinds("LOW");
    Step scan = step("enclave-image.yml", "Scan every published image");
    Step rescan = step("enclave-image.yml", "Rescan, sign and attach");
    succeeds(scan);
    succeeds(rescan);
    assertEquals("active", status());
    trivyFinds("CRITICAL");
    succeeds(scan);
    assertEquals(1, run(rescan), log());
    assertEquals("deprecated", status());
    CommandLineRun attached = CommandLineRun.of(
        "pcrs", "show", workspace.resolve("reference-values.dsse.json").toString());
    assertTrue(attached.out().contains("deprecated  v1"), attached.out());
  }

  @Test
  void gitLabsJobsDoTheSame() throws IOException, InterruptedException {
    List<Step> scripts = scripts("gitlab-ci.yml");
    for (Step script : scripts.subList(0, 4)) {
      succeeds(script);
    }
    assertPublished();
    trivyFinds("CRITICAL");
    succeeds(scripts.get(4));
    assertEquals(1, run(scripts.get(5)), log());
    assertEquals("deprecated", status());
    assertEquals(6, scripts.size());
  }

  @Test
  void aBuildOfOtherInputsIsFound() throws IOException, InterruptedException {
    for (Step step : steps("action.yml")) {
      if (step.name.equals("Build again and compare")) {
        Files.writeString(workspace.resolve("enclave-blobs/init"), "another");
        assertNotEquals(0, run(step));
        assertTrue(log().contains("init"), log());
        return;
      }
      succeeds(step);
    }
    throw new AssertionError("no such step");
  }

  @Test
  void everyActionIsPinnedByItsCommit() throws IOException {
    List<String> uses = Files.readString(SAMPLES.resolve("enclave-image.yml"))
        .lines()
        .filter(l -> l.strip().startsWith("- uses: "))
        .map(l -> l.strip().substring("- uses: ".length()))
        .toList();
    assertTrue(uses.size() >= 5, uses.toString());
    uses.forEach(u -> assertTrue(PIN.matcher(u).matches(), u));
  }
}
