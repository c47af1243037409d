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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Location;
import io.treza.audit.internal.elf.TestElf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of a command: E02, E03 and E04. */
class CommandWalkTest {
  private static final byte[] PROGRAM = TestElf.program().bytes();
  private static final EnclaveTarget OWN_INIT =
      EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA).build();

  @TempDir
  Path work;

  private static SampleImage image() {
    return new SampleImage().program("bin/sh", PROGRAM).program("usr/bin/env", PROGRAM);
  }

  // E02

  @Test
  void absoluteProgramIsFoundWithItsLayer() throws IOException {
    Readiness readiness = withApp().judge(work);
    Location.ImageFile place =
        (Location.ImageFile) assertFound(readiness, "E02", PASS, "/bin/app").location();
    assertTrue(place.layer().orElseThrow().startsWith("sha256:"));
    assertFound(readiness, "E03", NOT_APPLICABLE);
  }

  @Test
  void bareNameIsLookedUpInInitsPathOnly() throws IOException {
    SampleImage node = image()
        .program("usr/local/bin/node", PROGRAM)
        .env("PATH=/usr/local/bin:/usr/bin")
        .entrypoint("node", "/app/server.js")
        .file("app/server.js", "");
    assertFound(
        node.judge(work),
        "E02",
        FAIL,
        "node in /sbin:/usr/sbin:/bin:/usr/bin",
        "though it is at /usr/local/bin/node",
        "ENTRYPOINT [\"/usr/local/bin/node\",\"/app/server.js\"] and CMD []");
    assertNothingFails(node.judge(work, OWN_INIT), "E02");
    // What comes after is judged as if it had been found.
    assertFound(node.judge(work), "E04", PASS, "/usr/local/bin/node");
  }

  @Test
  void bareNameInInitsPathIsFound() throws IOException {
    Readiness readiness = withApp().entrypoint("app").judge(work);
    assertFound(readiness, "E02", PASS, "init finds app at /bin/app");
  }

  @Test
  void firstThatMayBeRunInThePathIsTaken() throws IOException {
    SampleImage image = new SampleImage()
        .file("sbin/app", "not to be run")
        .directory("usr/sbin/app")
        .program("bin/app", PROGRAM)
        .entrypoint("app");
    assertFound(image.judge(work), "E02", PASS, "init finds app at /bin/app");
  }

  @Test
  void missingProgramFails() throws IOException {
    Readiness readiness = withApp().entrypoint("/bin/other").judge(work);
    assertEquals(
        new Location.ImageFile("bin/other", Optional.empty()),
        assertFound(readiness, "E02", FAIL, "there is no /bin/other").location());
    assertFound(readiness, "E05", INCONCLUSIVE);
  }

  @Test
  void emptyNameFails() throws IOException {
    assertFound(withApp().entrypoint("").judge(work), "E02", FAIL, "empty name");
  }

  @Test
  void relativeNameWithSlashIsSeenFromInitsDirectory() throws IOException {
    SampleImage image = new SampleImage().program("srv/run", PROGRAM).workdir("/srv");
    Readiness readiness = image.entrypoint("./run").judge(work);
    assertFound(
        readiness,
        "E02",
        FAIL,
        "/srv/run is meant, and relative names are looked up in /",
        "ENTRYPOINT [\"/srv/run\"]");
    assertNothingFails(image.judge(work, OWN_INIT), "E02");
    assertFound(image.entrypoint("srv/run").judge(work), "E02", PASS, "/srv/run");
  }

  @Test
  void linksAreFollowedInsideTheImage() throws IOException {
    SampleImage image = new SampleImage()
        .link("bin", "usr/bin")
        .program("usr/bin/busybox", PROGRAM)
        .link("usr/bin/sh", "/bin/busybox")
        .entrypoint("/bin/sh", "-c", "exit");
    assertFound(image.judge(work), "E02", PASS, "/bin/sh, which is /usr/bin/busybox");
  }

  @Test
  void linkThatLeadsNowhereFails() throws IOException {
    SampleImage image = withApp().link("bin/run", "../opt/run").entrypoint("/bin/run");
    assertFound(image.judge(work), "E02", FAIL, "/bin/run leads to /opt, which does not exist");
  }

  @Test
  void loopOfLinksFails() throws IOException {
    SampleImage image = new SampleImage().link("a", "b").link("b", "a").entrypoint("/a");
    assertFound(image.judge(work), "E02", FAIL, "loop of symbolic links");
  }

  @Test
  void fileUsedAsDirectoryFails() throws IOException {
    assertFound(withApp().entrypoint("/bin/app/run").judge(work), "E02", FAIL, "is no directory");
  }

  @Test
  void directoryFails() throws IOException {
    assertFound(withApp().entrypoint("/bin").judge(work), "E02", FAIL, "no regular file");
  }

  @Test
  void fileNobodyMayRunFails() throws IOException {
    SampleImage image = new SampleImage().file("app/run", 0644, PROGRAM).entrypoint("/app/run");
    assertFound(image.judge(work), "E02", FAIL, "0644", "RUN chmod 0755 /app/run");
  }

  @Test
  void rootMayRunWhatAnybodyMay() throws IOException {
    SampleImage image = new SampleImage()
        .file("app/run", 0100, PROGRAM)
        .entrypoint("/app/run")
        .text("User", "1000");
    assertNothingFails(image.judge(work), "E02");
    assertFound(image.judge(work, OWN_INIT), "E02", FAIL, "0100");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmp", "run", "dev", "proc", "sys"})
  void programThatInitMountsOverFails(String point) throws IOException {
    SampleImage image =
        new SampleImage().program(point + "/app", PROGRAM).entrypoint("/" + point + "/app");
    assertFound(image.judge(work), "E02", FAIL, "hidden by what init mounts on /" + point);
  }

  @Test
  void programThatInitsWrapperStartsIsLookedUpInTheImagesPath() throws IOException {
    SampleImage image = image()
        .program("sbin/tini", PROGRAM)
        .program("usr/local/bin/node", PROGRAM)
        .env("PATH=/usr/local/bin:/usr/bin:/bin")
        .file("app/main.js", "")
        .entrypoint("/sbin/tini", "-e", "143", "--", "node", "/app/main.js");
    assertFound(image.judge(work), "E02", PASS, "tini finds node at /usr/local/bin/node");
    assertFound(image.judge(work), "E02-script", PASS, "/app/main.js");
    image.env("PATH=/usr/bin:/bin");
    assertFound(image.judge(work), "E02", FAIL, "tini looks for node in /usr/bin:/bin");
  }

  @Test
  void wrapperWithNothingToStartFails() throws IOException {
    SampleImage image = image().program("sbin/tini", PROGRAM).entrypoint("/sbin/tini", "--");
    assertFound(image.judge(work), "E02", FAIL, "tini is given nothing to start");
  }

  @Test
  void userIsNotTheProgramOfGosu() throws IOException {
    SampleImage image = withApp().program("bin/gosu", PROGRAM);
    assertFound(
        image.entrypoint("/bin/gosu", "app", "/bin/app").judge(work),
        "E02",
        PASS,
        "gosu runs /bin/app");
  }

  @Test
  void whatAShellMakesOfALineIsNotJudged() throws IOException {
    Readiness readiness =
        image().entrypoint("/bin/sh", "-ec", "java $OPTS -jar x").judge(work);
    assertFound(readiness, "E02-shell", INCONCLUSIVE, "java $OPTS -jar x");
    assertFound(readiness, "E02", PASS, "/bin/sh");
  }

  @Test
  void shellWithNothingToRunIsNotJudged() throws IOException {
    assertFound(image().cmd("/bin/sh").judge(work), "E02-shell", INCONCLUSIVE, "nothing to run");
  }

  @ParameterizedTest
  @CsvSource({
    "/app/main.js, node",
    "/app/main, node",
    "/app, node",
    "/app/run.py, python3.12",
    "/app/run.sh, bash"
  })
  void scriptOfAKnownInterpreterIsLookedFor(String script, String interpreter) throws IOException {
    SampleImage image = image()
        .program("bin/" + interpreter, PROGRAM)
        .file("app/main.js", "")
        .file("app/package.json", "{}")
        .file("app/run.py", "")
        .file("app/run.sh", "");
    assertFound(
        image.entrypoint("/bin/" + interpreter, script).judge(work), "E02-script", PASS, script);
    assertFound(
        image.entrypoint("/bin/" + interpreter, "/none" + script).judge(work),
        "E02-script",
        FAIL,
        "/none" + script);
  }

  @Test
  void jarIsLookedFor() throws IOException {
    SampleImage image = image().program("bin/java", PROGRAM).file("app.jar", "PK");
    assertFound(
        image.entrypoint("/bin/java", "-Xmx1g", "-jar", "/app.jar").judge(work),
        "E02-script",
        PASS,
        "/app.jar");
    assertFound(
        image.entrypoint("/bin/java", "-jar", "/b.jar").judge(work), "E02-script", FAIL, "/b.jar");
  }

  @ParameterizedTest
  @CsvSource({"node,-e,1", "python3,-m,http.server", "python3,-c,pass", "java,-version,x"})
  void argumentsThatAreNoScriptAreLeftAlone(String program, String option, String value)
      throws IOException {
    Readiness readiness = image()
        .program("bin/" + program, PROGRAM)
        .entrypoint("/bin/" + program, option, value)
        .judge(work);
    assertNothingFails(readiness, "E02");
  }

  @Test
  void optionsOfNodeBeforeTheScriptAreSkipped() throws IOException {
    SampleImage image = image()
        .program("bin/node", PROGRAM)
        .file("app/main.js", "")
        .entrypoint(
            "/bin/node", "--require", "/app/trace.js", "--enable-source-maps", "/app/main.js");
    assertFound(image.judge(work), "E02-script", PASS, "/app/main.js");
  }

  @Test
  void whatMayBeAnOptionsValueIsLeftOpen() throws IOException {
    Readiness readiness = image()
        .program("bin/node", PROGRAM)
        .entrypoint("/bin/node", "--max-old-space-size", "4096", "/app/main.js")
        .judge(work);
    assertFound(readiness, "E02-script", INCONCLUSIVE, "4096");
    assertNothingFails(readiness, "E02");
  }

  @Test
  void shellLooksItsScriptUpInThePath() throws IOException {
    SampleImage image = image()
        .script("usr/local/bin/start.sh", "echo\n")
        .env("PATH=/usr/local/bin:/bin")
        .entrypoint("/bin/sh", "-e", "start.sh");
    assertFound(image.judge(work), "E02-script", PASS, "/usr/local/bin/start.sh");
    image.env("PATH=/bin");
    assertFound(image.judge(work), "E02-script", FAIL, "start.sh");
  }

  // E03

  @Test
  void interpreterOfAScriptIsFollowed() throws IOException {
    Readiness readiness = image()
        .script("run.sh", "#!/bin/sh -e\nexec app\n")
        .entrypoint("/run.sh")
        .judge(work);
    assertFound(readiness, "E03", PASS, "/run.sh", "/bin/sh");
    assertFound(readiness, "E04", PASS, "/bin/sh");
    assertNothingFails(readiness, "E0");
    assertTrue(readiness.findings().stream().noneMatch(f -> f.id().startsWith("E02-")));
  }

  @Test
  void missingInterpreterFails() throws IOException {
    SampleImage image = image().script("run.sh", "#!/bin/bash\n").entrypoint("/run.sh");
    assertFound(image.judge(work), "E03", FAIL, "there is no /bin/bash");
  }

  @Test
  void interpreterThatMayNotBeRunFails() throws IOException {
    SampleImage image =
        image().file("bin/rc", 0644, PROGRAM).script("start", "#!/bin/rc\n").entrypoint("/start");
    assertFound(image.judge(work), "E03", FAIL, "may not be run");
  }

  @ParameterizedTest
  @ValueSource(strings = {"#!/bin/sh\r\necho\r\n", "#!/usr/bin/env sh\r\n", "#! /bin/sh -e\r\n"})
  void carriageReturnIsPartOfTheName(String script) throws IOException {
    SampleImage image = image().script("run.sh", script).entrypoint("/run.sh");
    assertFound(
        image.judge(work), "E03-crlf", FAIL, "carriage return", "sed -i 's/\\r$//' /run.sh");
  }

  @Test
  void envLooksItsProgramUpInTheImagesPath() throws IOException {
    SampleImage image = image()
        .program("opt/node/bin/node", PROGRAM)
        .env("PATH=/opt/node/bin:/bin")
        .script("cli", "#!/usr/bin/env node\n")
        .entrypoint("/cli");
    assertFound(image.judge(work), "E03", PASS, "env finds node at /opt/node/bin/node");
    image.env("PATH=/bin");
    assertFound(image.judge(work), "E03", FAIL, "env looks for node in /bin");
  }

  @Test
  void envWithoutPathUsesTheLibrarysDefault() throws IOException {
    SampleImage image = image()
        .program("usr/local/bin/node", PROGRAM)
        .env("A=b")
        .script("cli", "#!/usr/bin/env node\n")
        .entrypoint("/cli");
    assertFound(image.judge(work), "E03", FAIL, "env looks for node in /bin:/usr/bin");
  }

  @Test
  void envTakesOneArgumentUnlessItIsToldToSplit() throws IOException {
    SampleImage image = image().program("bin/node", PROGRAM).entrypoint("/cli");
    assertFound(
        image.script("cli", "#!/usr/bin/env node --no-warnings\n").judge(work),
        "E03-env",
        FAIL,
        "\"node --no-warnings\" as one argument",
        "unless it begins with -S");
    SampleImage split = image()
        .program("bin/node", PROGRAM)
        .script("cli", "#!/usr/bin/env -S A=b node --no-warnings\n")
        .entrypoint("/cli");
    assertFound(split.judge(work), "E03", PASS, "env finds node at /bin/node");
  }

  @Test
  void scriptsMayInterpretScriptsFiveDeep() throws IOException {
    SampleImage image = image().script("s1", "#!/bin/sh\n");
    for (int i = 2; i <= 6; i++) {
      image.script("s" + i, "#!/s" + (i - 1) + "\n");
    }
    assertNothingFails(image.entrypoint("/s5").judge(work), "E");
    assertFound(image.entrypoint("/s6").judge(work), "E03", FAIL, "more than 5 scripts");
  }

  @Test
  void scriptThatInterpretsItselfFails() throws IOException {
    SampleImage image = image().script("s", "#!/s\n").entrypoint("/s");
    assertFound(image.judge(work), "E03", FAIL, "more than 5 scripts");
  }

  @Test
  void programsThatStartOneAnotherForEverFail() throws IOException {
    SampleImage image = image()
        .script("bin/a", "#!/usr/bin/env b\n")
        .script("bin/b", "#!/usr/bin/env a\n")
        .entrypoint("/bin/a");
    assertFound(image.judge(work), "E03", FAIL, "each of which starts the next");
  }

  @Test
  void relativeInterpreterIsSeenFromInitsDirectory() throws IOException {
    SampleImage image = image()
        .script("app/run", "#!bin/interp\n")
        .program("app/bin/interp", PROGRAM)
        .workdir("/app")
        .entrypoint("/app/run");
    assertFound(image.judge(work), "E03", FAIL, "there is no /bin/interp");
    assertFound(image.judge(work, OWN_INIT), "E03", PASS);
  }

  @Test
  void busyBoxsEnvKnowsNoSplitting() throws IOException {
    SampleImage image = new SampleImage()
        .program("bin/busybox", PROGRAM)
        .link("usr/bin/env", "/bin/busybox")
        .program("bin/node", PROGRAM)
        .script("cli", "#!/usr/bin/env -S node --no-warnings\n")
        .entrypoint("/cli");
    assertFound(image.judge(work), "E03-env", FAIL, "BusyBox");
    image.script("cli", "#!/usr/bin/env node\n");
    assertNothingFails(image.judge(work), "E03");
  }

  @Test
  void longFirstLinesAreCutByTheKernel() throws IOException {
    SampleImage image = image().entrypoint("/start");
    assertNothingFails(
        image.script("start", "#!/bin/sh -" + "e".repeat(116) + "\n").judge(work), "E");
    assertFound(
        image.script("start", "#!/bin/sh -" + "e".repeat(117) + "\n").judge(work),
        "E03-long",
        WARN,
        "at least 128 bytes");
    Readiness longest =
        image.script("start", "#!/bin/sh -" + "e".repeat(1 << 20)).judge(work);
    assertFound(longest, "E03-long", WARN, "255");
    assertNothingFails(longest, "E");
  }

  @Test
  void interpreterWhoseNameIsCutFails() throws IOException {
    SampleImage image = image().entrypoint("/start").script("start", "#!/" + "x".repeat(1 << 20));
    assertFound(image.judge(work), "E03", FAIL, "beyond the 255 bytes");
  }

  @Test
  void firstLineWithoutInterpreterFails() throws IOException {
    SampleImage image = image().script("start", "#! \necho\n").entrypoint("/start");
    assertFound(image.judge(work), "E03", FAIL, "names no interpreter");
  }

  @Test
  void initHandsAScriptWithoutFirstLineToTheShell() throws IOException {
    SampleImage image = image().script("start", "echo hello\n").entrypoint("/start");
    assertFound(image.judge(work), "E03-none", WARN, "/bin/sh", "#!/bin/sh");
    assertNothingFails(image.judge(work), "E0");
    assertFound(image.judge(work, OWN_INIT), "E03-none", FAIL);
    SampleImage shellless = new SampleImage().script("start", "echo hello\n").entrypoint("/start");
    assertFound(shellless.judge(work), "E03", FAIL, "there is no /bin/sh");
  }

  // E04

  @Test
  void programForAnotherProcessorFails() throws IOException {
    SampleImage image =
        new SampleImage().program("app", TestElf.program().machine(183).bytes()).entrypoint("/app");
    assertFound(
        image.judge(work), "E04", FAIL, "aarch64", "the enclave runs on x86_64", "linux/amd64");
    assertNothingFails(image.architecture("arm64").judge(work), "E04");
  }

  @Test
  void interpreterForAnotherProcessorFails() throws IOException {
    SampleImage image = new SampleImage()
        .program("bin/sh", TestElf.program().machine(183).bytes())
        .script("start", "#!/bin/sh\n")
        .entrypoint("/start");
    assertFound(image.judge(work), "E04", FAIL, "/bin/sh is for aarch64");
  }

  @Test
  void program32BitsWideDependsOnTheKernel() throws IOException {
    SampleImage image = new SampleImage()
        .program("app", TestElf.program().bits32().machine(3).bytes())
        .entrypoint("/app");
    assertFound(image.judge(work), "E04-32bit", WARN, "IA-32");
    SampleImage x32 =
        new SampleImage().program("app", TestElf.program().bits32().bytes()).entrypoint("/app");
    assertFound(x32.judge(work), "E04", FAIL, "32-bit addresses");
  }

  @Test
  void brokenProgramFails() throws IOException {
    byte[] cut = java.util.Arrays.copyOf(PROGRAM, 80);
    SampleImage image = new SampleImage().program("app", cut).entrypoint("/app");
    assertFound(image.judge(work), "E04", FAIL, "no program Linux can run");
  }

  @Test
  void whatIsNoProgramFails() throws IOException {
    byte[] windows = "MZ\0\0".getBytes(StandardCharsets.ISO_8859_1);
    assertFound(
        new SampleImage().program("app.exe", windows).entrypoint("/app.exe").judge(work),
        "E04",
        FAIL,
        "no program for Linux");
    assertFound(
        new SampleImage().program("app", new byte[0]).entrypoint("/app").judge(work),
        "E04",
        FAIL,
        "is empty");
  }
}
