package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.NOT_APPLICABLE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;
import static io.treza.audit.internal.readiness.SampleImage.assertFound;
import static io.treza.audit.internal.readiness.SampleImage.assertNothingFails;
import static io.treza.audit.internal.readiness.SampleImage.withApp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.CheckId;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.elf.TestElf;
import io.treza.eif.Architecture;
import io.treza.eif.CommandRule;
import io.treza.eif.RamdiskLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from the configuration: E01, E06 to E08, E10 to E12, E16 and E18. */
class ReadinessTest {
  private static final EnclaveTarget OWN_INIT =
      EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA).build();
  private static final EnclaveTarget NITRO_CLI =
      EnclaveTarget.builder().commandRule(CommandRule.NITRO_CLI).build();

  @TempDir
  Path work;

  @Test
  void everyCheckIsAnsweredInOrder() throws IOException {
    List<CheckId> answered =
        withApp().judge(work).findings().stream().map(Finding::check).distinct().toList();
    assertEquals(
        Arrays.stream(CheckId.values()).filter(c -> c.name().startsWith("E")).toList(), answered);
  }

  @Test
  void imageWithoutCommandIsAnsweredToo() throws IOException {
    Readiness readiness = withApp().entrypoint().judge(work);
    assertFound(readiness, "E01", FAIL, "neither ENTRYPOINT nor CMD");
    assertFound(readiness, "E02", NOT_APPLICABLE);
    assertEquals(
        18, readiness.findings().stream().map(Finding::check).distinct().count());
  }

  @Test
  void blockersAreWhatFails() throws IOException {
    assertEquals(List.of(), withApp().judge(work).bootBlockers());
    Readiness readiness = withApp().entrypoint("/none").judge(work);
    assertEquals(
        List.of("E02"), readiness.bootBlockers().stream().map(Finding::id).toList());
  }

  // E01

  @Test
  void sameCommandByBothRulesPasses() throws IOException {
    assertFound(withApp().judge(work), "E01", PASS, "[\"/bin/app\"]");
  }

  @Test
  void otherProgramUnderNitroCliOnlyWarns() throws IOException {
    SampleImage image =
        withApp().program("bin/other", TestElf.program().bytes()).cmd("/bin/other");
    assertFound(image.judge(work, NITRO_CLI), "E01", WARN, "[\"/bin/other\"] alone");
    assertNothingFails(image.judge(work, NITRO_CLI), "E01");
  }

  @Test
  void commandThatDiesUnderNitroCliFailsThereOnly() throws IOException {
    SampleImage image = withApp().cmd("--serve");
    assertFound(image.judge(work, NITRO_CLI), "E01", FAIL, "[\"--serve\"]", "end at once");
    assertFound(image.judge(work), "E01", WARN, "[\"--serve\"]", "end at once");
  }

  @Test
  void secretsInTheCommandAreNotShown() throws IOException {
    String text = SampleImage.text(
        withApp().cmd("--password=hunter2hunter2", "AKIAIOSFODNN7EXAMPL2").judge(work));
    assertFalse(text.contains("hunter2hunter2"), text);
    assertTrue(text.contains("--password=hun"), text);
  }

  // E04-image

  @Test
  void imageMustBeForAProcessorThatNitroHas() throws IOException {
    assertFound(withApp().architecture("riscv64").judge(work), "E04-image", FAIL, "riscv64");
    assertFound(withApp().judge(work), "E04-image", PASS, "linux/amd64");
  }

  @Test
  void imageMustBeForTheEnclavesProcessor() throws IOException {
    EnclaveTarget arm =
        EnclaveTarget.builder().architecture(Architecture.AARCH64).build();
    Readiness readiness = withApp().judge(work, arm);
    assertFound(readiness, "E04-image", FAIL, "linux/amd64", "arm64");
    assertFound(readiness, "E04", FAIL, "/bin/app is for x86_64", "aarch64");
  }

  // E06

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "0:0", "root", "toor", "root:root"})
  void rootIsRootAnyway(String user) throws IOException {
    assertFound(withPasswd().text("User", user).judge(work), "E06", PASS, "root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"65532", "app", "1000:1000", "nobody-knows"})
  void otherUsersAreRootUnderAwsInit(String user) throws IOException {
    assertFound(withPasswd().text("User", user).judge(work), "E06", WARN, user, "as root");
  }

  @ParameterizedTest
  @CsvSource({"app, 1000", "app:staff, 1000", "65532, 65532", "7:8, 7"})
  void ownInitRunsAsTheUser(String user, String uid) throws IOException {
    assertFound(
        withPasswd().text("User", user).judge(work, OWN_INIT), "E06", PASS, "as user " + uid);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody-knows", "app:none"})
  void ownInitNeedsTheUserToBeThere(String user) throws IOException {
    assertFound(withPasswd().text("User", user).judge(work, OWN_INIT), "E06", FAIL, "/etc/passwd");
  }

  private static SampleImage withPasswd() {
    return withApp()
        .file("etc/passwd", "root:x:0:0:root:/:/bin/sh\ntoor:x:0:0::/:\napp:x:1000:1000::/:\n")
        .file("etc/group", "root:x:0:\nstaff:x:50:\n");
  }

  // E07

  @Test
  void workdirThatIsTheRootPasses() throws IOException {
    assertFound(withApp().judge(work), "E07", PASS);
    assertFound(withApp().workdir("/").judge(work), "E07", PASS);
  }

  @Test
  void workdirAloneWarns() throws IOException {
    assertFound(withApp().workdir("/srv").judge(work), "E07", WARN, "/srv");
    assertFound(withApp().workdir("/srv").judge(work, OWN_INIT), "E07", PASS, "/srv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"conf/app.yml", "app.yml", "./app.yml"})
  void argumentThatIsAFileInWorkdirFails(String argument) throws IOException {
    SampleImage image = withApp()
        .file("srv/app.yml", "")
        .file("srv/conf/app.yml", "")
        .workdir("/srv")
        .entrypoint("/bin/app", argument);
    assertFound(
        image.judge(work),
        "E07-argument",
        FAIL,
        argument,
        "ENTRYPOINT [\"/bin/app\",\"/srv/" + argument.replace("./", "") + "\"]");
    assertNothingFails(image.judge(work, OWN_INIT), "E07");
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "--config=conf.yml"})
  void argumentThatMayMeanAFileInWorkdirWarns(String argument) throws IOException {
    Readiness readiness = withApp()
        .file("srv/server", "")
        .file("srv/conf.yml", "")
        .workdir("/srv")
        .entrypoint("/bin/app", argument)
        .judge(work);
    assertFound(
        readiness, "E07-argument", WARN, argument, "/srv/" + argument.replace("--config=", ""));
    assertNothingFails(readiness, "E07");
  }

  @Test
  void argumentThatIsThereFromTheRootTooDoesNotFail() throws IOException {
    Readiness readiness = withApp()
        .file("srv/app.yml", "")
        .file("app.yml", "")
        .workdir("/srv")
        .entrypoint("/bin/app", "app.yml")
        .judge(work);
    assertNothingFails(readiness, "E07");
  }

  @Test
  void simpleShellLineIsLookedAtToo() throws IOException {
    SampleImage image = withApp()
        .program("bin/sh", TestElf.program().bytes())
        .program("opt/node", TestElf.program().bytes())
        .env("PATH=/opt:/bin")
        .file("srv/server.js", "")
        .workdir("/srv");
    assertFound(
        image.entrypoint("/bin/sh", "-c", "node server.js").judge(work),
        "E07-argument",
        FAIL,
        "/srv/server.js",
        "ENTRYPOINT [\"/opt/node\",\"/srv/server.js\"]");
    assertNothingFails(
        image.entrypoint("/bin/sh", "-c", "cd /srv && node server.js").judge(work), "E07");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "index", "lib"})
  void moduleThatNodeFindsFromWorkdirFails(String argument) throws IOException {
    Readiness readiness = new SampleImage()
        .program("bin/node", TestElf.program().bytes())
        .file("srv/package.json", "{}")
        .file("srv/index.js", "")
        .file("srv/lib/index.js", "")
        .directory("lib")
        .workdir("/srv")
        .entrypoint("/bin/node", argument)
        .judge(work);
    assertFound(readiness, "E07-argument", FAIL, argument);
  }

  @Test
  void relativeProgramOfAShellLineFails() throws IOException {
    Readiness readiness = withApp()
        .program("bin/sh", TestElf.program().bytes())
        .script("srv/run.sh", "#!/bin/sh\n")
        .workdir("/srv")
        .entrypoint("/bin/sh", "-c", "exec ./run.sh")
        .judge(work);
    assertFound(readiness, "E07-argument", FAIL, "/srv/run.sh");
  }

  @Test
  void commandOfAWrapperIsLookedAt() throws IOException {
    Readiness readiness = withApp()
        .program("sbin/tini", TestElf.program().bytes())
        .file("srv/app.yml", "")
        .workdir("/srv")
        .entrypoint("/sbin/tini", "--", "/usr/bin/env", "A=b", "/bin/app", "app.yml")
        .judge(work);
    assertFound(readiness, "E07-argument", FAIL, "/srv/app.yml");
  }

  @Test
  void scriptThatMayChangeTheDirectoryLeavesItOpen() throws IOException {
    SampleImage image = withApp()
        .program("bin/sh", TestElf.program().bytes())
        .file("srv/app.yml", "")
        .workdir("/srv")
        .entrypoint("/entrypoint.sh", "/bin/app", "app.yml");
    image.script("entrypoint.sh", "#!/bin/sh\n" + "# long\n".repeat(100) + "exec \"$@\"\n");
    assertFound(image.judge(work), "E07-argument", FAIL, "app.yml");
    image.script(
        "entrypoint.sh", "#!/bin/sh\n" + "# long\n".repeat(100) + "cd /srv\nexec \"$@\"\n");
    assertFound(image.judge(work), "E07-argument", WARN, "unless the script");
    assertNothingFails(image.judge(work), "E07");
    image.entrypoint("/bin/sh", "/entrypoint.sh", "app.yml");
    assertNothingFails(image.judge(work), "E07");
  }

  @Test
  void relativeClassPathFails() throws IOException {
    SampleImage image = withApp()
        .program("bin/java", TestElf.program().bytes())
        .file("srv/libs/a.jar", "PK")
        .workdir("/srv");
    assertFound(
        image.entrypoint("/bin/java", "-cp", "/x:libs/*", "Main").judge(work),
        "E07-argument",
        FAIL,
        "/srv/libs",
        "Write /x:/srv/libs/*.");
    assertNothingFails(
        image.entrypoint("/bin/java", "-cp", "/srv/libs/*", "Main").judge(work), "E07");
  }

  @Test
  void programThatNeedsItsProjectFails() throws IOException {
    SampleImage image = withApp()
        .program("bin/npm", TestElf.program().bytes())
        .file("srv/package.json", "{}")
        .workdir("/srv");
    assertFound(
        image.entrypoint("/bin/npm", "start").judge(work), "E07-project", FAIL, "package.json");
    assertNothingFails(image.entrypoint("/bin/npm", "--prefix=/srv", "start").judge(work), "E07");
    assertNothingFails(
        image.file("package.json", "").entrypoint("/bin/npm", "start").judge(work), "E07");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"uvicorn main:app", "gunicorn -w 4 main.wsgi:create()", "python3 -m main.x"})
  void moduleInWorkdirWarns(String line) throws IOException {
    String[] command = ("/bin/" + line).split(" ");
    SampleImage image = withApp()
        .program(command[0].substring(1), TestElf.program().bytes())
        .file("srv/main.py", "")
        .workdir("/srv")
        .entrypoint(command);
    assertFound(image.judge(work), "E07-module", WARN, "main", "ENV PYTHONPATH=/srv");
    Readiness readiness = image.env("PYTHONPATH=/srv").judge(work);
    assertTrue(readiness.findings().stream().noneMatch(f -> f.id().equals("E07-module")));
  }

  @Test
  void anyNumberOfArgumentsIsBounded() throws IOException {
    String[] items = new String[50_000];
    Arrays.fill(items, "app.yml");
    items[0] = "/bin/app";
    Readiness readiness =
        withApp().file("srv/app.yml", "").workdir("/srv").entrypoint(items).judge(work);
    assertTrue(SampleImage.text(readiness).length() < 100_000);
  }

  // E08

  @Test
  void ownInitTakesLineEndsButNoNul() throws IOException {
    assertFound(withApp().cmd("a\nb").judge(work, OWN_INIT), "E08", PASS);
    assertFound(withApp().cmd("a\0b").judge(work, OWN_INIT), "E08-line", FAIL, "has a NUL");
  }

  @Test
  void lineEndInCommandOrEnvironmentFails() throws IOException {
    assertFound(withApp().cmd("a\nb").judge(work), "E08-line", FAIL, "item 1 of the command");
    assertFound(
        withApp().env("A=1", "CERT=x\ny").judge(work),
        "E08-line",
        FAIL,
        "item 1 of the environment");
    assertFound(withApp().env("A=1").judge(work), "E08", PASS);
  }

  @Test
  void itemsLongerThanLinuxPassesOnFail() throws IOException {
    assertNothingFails(withApp().env("A=" + "x".repeat(131_069)).judge(work), "E08");
    assertFound(
        withApp().env("A=" + "x".repeat(131_070)).judge(work), "E08-length", FAIL, "131071");
  }

  @Test
  void secretsInTheEnvironmentAreNamedAndNotShown() throws IOException {
    Readiness readiness = withApp()
        .env("DB_PASSWORD=correct-horse-battery", "URL=https://me:secretsauce@example.org/")
        .judge(work);
    assertFound(readiness, "E08-secret", WARN, "DB_PASSWORD, URL");
    String text = SampleImage.text(readiness);
    assertFalse(text.contains("horse") || text.contains("sauce"), text);
  }

  @Test
  void variableWithoutEqualsSignWarns() throws IOException {
    assertFound(withApp().env("NAME").judge(work), "E08-form", WARN, "NAME");
  }

  // E10

  @Test
  void imageWithoutAddressesPasses() throws IOException {
    Readiness readiness = withApp()
        .env(
            "PATH=/bin",
            "LANG=C.UTF-8",
            "JAVA_VERSION=jdk-21.0.2+13",
            "HOME=/root",
            "DB=file:///var/db",
            "SOCK=unix:///run/x",
            "TIME=12:30",
            "IMAGE=a:1")
        .judge(work);
    assertFound(readiness, "E10", PASS);
  }

  @ParameterizedTest
  @CsvSource({
    "DATABASE_URL=postgres://user:pw12345@db.internal:5432/app?x=1, DATABASE_URL=db.internal",
    "REDIS_HOST=redis, REDIS_HOST=redis",
    "API=https://api.example.org/v1, API=api.example.org",
    "KAFKA_BROKERS=a.example.org:9092;b.example.org:9092, KAFKA_BROKERS=b.example.org",
    "PEER=10.0.0.7:443, PEER=10.0.0.7"
  })
  void hostsInTheEnvironmentWarn(String variable, String shown) throws IOException {
    Readiness readiness = withApp().env(variable).judge(work);
    assertFound(readiness, "E10-address", WARN, shown);
    assertFalse(SampleImage.text(readiness).contains("pw12345"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:8080/x", "127.0.0.1:6379", "http://[::1]:80/"})
  void loopbackInTheCommandWarns(String address) throws IOException {
    assertFound(
        withApp().entrypoint("/bin/app", address).judge(work),
        "E10-loopback",
        WARN,
        "leaves it down");
  }

  @Test
  void ownInitRaisesTheLoopback() throws IOException {
    Readiness readiness = withApp().entrypoint("/bin/app", "127.0.0.1:6379").judge(work, OWN_INIT);
    assertFound(readiness, "E10", PASS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HOST=0.0.0.0", "PORT=8080", "LISTEN_ADDR=0.0.0.0:80"})
  void listeningWarns(String variable) throws IOException {
    assertFound(withApp().env(variable).judge(work), "E10-listen", WARN, "vsock");
  }

  @Test
  void addressAsAnArgumentWarns() throws IOException {
    SampleImage image = withApp().entrypoint("/bin/app", "--host", "0.0.0.0");
    assertFound(image.judge(work), "E10-listen", WARN, "0.0.0.0");
  }

  @Test
  void exposedPortsWarn() throws IOException {
    assertFound(
        withApp().set("ExposedPorts", "80/tcp", "443/tcp").judge(work), "E10-port", WARN, "80/tcp");
  }

  @Test
  void ownInitCarriesWhatTheImageListsAndTheRestWarns() throws IOException {
    SampleImage image = withApp()
        .env("PORT=8443", "API=https://api.example.org/v1", "OTHER=https://a.other.test/")
        .set("ExposedPorts", "8443/TCP", "8444");
    Readiness listed = image
        .label("io.treza.egress", "api.example.org:443 *.other.test:443")
        .judge(work, OWN_INIT);
    assertFound(listed, "E10", PASS);
    SampleImage unlisted = withApp().env("PORT=8443", "API=https://api.example.org/v1");
    assertFound(unlisted.judge(work, OWN_INIT), "E10-listen", WARN, "PORT=8443", "EXPOSE");
    assertFound(unlisted.judge(work, OWN_INIT), "E10-address", WARN, "API=api.example.org");
    SampleImage taken = withApp().set("ExposedPorts", "9001/tcp");
    assertFound(taken.judge(work, OWN_INIT), "E10-port", WARN, "port 9001");
    SampleImage datagrams = withApp().set("ExposedPorts", "8443/tcp", "53/udp");
    assertFound(datagrams.judge(work, OWN_INIT), "E10-port", WARN, "EXPOSE 53/udp");
  }

  // E11, E12

  @Test
  void volumesWarn() throws IOException {
    assertFound(withApp().judge(work), "E11", PASS);
    assertFound(withApp().set("Volumes", "/data").judge(work), "E11", WARN, "/data");
  }

  @Test
  void healthcheckAndStopSignalWarn() throws IOException {
    assertFound(withApp().judge(work), "E12", PASS);
    assertFound(withApp().healthcheck("NONE").judge(work), "E12", PASS);
    assertFound(
        withApp().healthcheck("CMD", "/bin/app", "ping").judge(work),
        "E12-healthcheck",
        WARN,
        "ping");
    assertFound(
        withApp().text("StopSignal", "SIGQUIT").judge(work), "E12-stopsignal", WARN, "SIGQUIT");
  }

  // E16, E18

  @ParameterizedTest
  @CsvSource({"TREZA, PASS, PASS", "NITRO_CLI_URI, PASS, WARN", "NITRO_CLI_DIRECTORY, WARN, WARN"})
  void recipeIsJudgedWhereItIsKnown(EnclaveTarget.Recipe recipe, Result context, Result pull)
      throws IOException {
    Readiness readiness =
        withApp().judge(work, EnclaveTarget.builder().recipe(recipe).build());
    assertFound(readiness, "E16", context);
    assertFound(readiness, "E18", pull);
    assertFound(withApp().judge(work), "E16", NOT_APPLICABLE, "was not said");
    assertFound(withApp().judge(work), "E18", NOT_APPLICABLE, "was not said");
  }

  // E09

  @Test
  void memoryIsNotJudgedUnlessItIsKnown() throws IOException {
    assertFound(withApp().judge(work), "E09", INCONCLUSIVE, "41 MiB");
  }

  @Test
  void memoryMustBeFourTimesTheFile() throws IOException {
    EnclaveTarget.Builder target = EnclaveTarget.builder().bootBytes(20 << 20);
    assertFound(withApp().judge(work, target.memoryMib(81).build()), "E09", PASS, "81 MiB");
    assertFound(withApp().judge(work, target.memoryMib(80).build()), "E09", FAIL, "needs 81 MiB");
  }

  @Test
  void whereTheKernelsSizeIsAGuessItWarns() throws IOException {
    EnclaveTarget.Builder target = EnclaveTarget.builder();
    assertFound(withApp().judge(work, target.memoryMib(40).build()), "E09", WARN, "41 MiB");
    SampleImage large = withApp().file("data", 0644, new byte[11 << 20]);
    assertFound(large.judge(work, target.memoryMib(40).build()), "E09", FAIL, "leave files out");
  }

  @Test
  void commandRuleGoesWithTheLayoutUnlessSaid() {
    EnclaveTarget.Builder target = EnclaveTarget.builder().layout(RamdiskLayout.NITRO_CLI);
    assertEquals(CommandRule.NITRO_CLI, target.build().commandRule());
    assertEquals(
        CommandRule.DOCKER, target.commandRule(CommandRule.DOCKER).build().commandRule());
    assertEquals(CommandRule.DOCKER, EnclaveTarget.defaults().commandRule());
  }

  @Test
  void absurdTargetsAreRefused() {
    Assertions.assertThrows(
        IllegalArgumentException.class,
        () -> EnclaveTarget.builder().memoryMib(0).build());
    Assertions.assertThrows(
        IllegalArgumentException.class,
        () -> EnclaveTarget.builder().bootBytes(-1).build());
  }
}
