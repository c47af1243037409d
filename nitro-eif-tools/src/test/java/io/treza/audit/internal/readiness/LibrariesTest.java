package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.internal.readiness.SampleImage.GLIBC;
import static io.treza.audit.internal.readiness.SampleImage.MUSL;
import static io.treza.audit.internal.readiness.SampleImage.assertFound;
import static io.treza.audit.internal.readiness.SampleImage.assertNothingFails;

import io.treza.audit.internal.elf.TestElf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loaders and libraries: E05. */
class LibrariesTest {
  @TempDir
  Path work;

  private static SampleImage glibc(TestElf app) {
    return new SampleImage().glibc().program("app/run", app.bytes()).entrypoint("/app/run");
  }

  private static SampleImage musl(TestElf app) {
    return new SampleImage()
        .program(
            "lib/ld-musl-x86_64.so.1",
            TestElf.library().soname("libc.musl-x86_64.so.1").bytes())
        .program("app/run", app.bytes())
        .entrypoint("/app/run");
  }

  private static TestElf run(String... libraries) {
    return TestElf.program(GLIBC, libraries);
  }

  private static TestElf lib(String soname, String... needed) {
    return TestElf.library(needed).soname(soname);
  }

  private void assertFinds(SampleImage image) throws IOException {
    Readiness readiness = image.judge(work);
    assertNothingFails(readiness, "E05");
    assertFound(readiness, "E05", PASS);
  }

  @Test
  void staticProgramsNeedNothing() throws IOException {
    assertFinds(SampleImage.withApp());
    // Linked as static-pie, it has a dynamic section and no loader.
    SampleImage pie =
        new SampleImage().program("app", TestElf.library().bytes()).entrypoint("/app");
    assertFound(pie.judge(work), "E05", PASS, "linked statically");
  }

  @Test
  void libraryIsNoProgram() throws IOException {
    SampleImage image = new SampleImage()
        .program("app.so", TestElf.library("libc.so.6").bytes())
        .entrypoint("/app.so");
    assertFound(image.judge(work), "E05-loader", FAIL, "names no loader");
  }

  @Test
  void librariesAreFoundTransitively() throws IOException {
    assertFound(glibc(run("libm.so.6")).judge(work), "E05", PASS, GLIBC, "all 2 libraries");
    SampleImage image =
        glibc(run("liba.so.1")).library("usr/lib/liba.so.1", lib("liba.so.1", "libb.so.2"));
    assertFound(
        image.judge(work), "E05-library", FAIL, "/app/run needs libb.so.2 for /usr/lib/liba.so.1");
  }

  @Test
  void missingLoaderFails() throws IOException {
    SampleImage image =
        new SampleImage().program("app", run("libc.so.6").bytes()).entrypoint("/app");
    assertFound(image.judge(work), "E05-loader", FAIL, "/app needs the loader " + GLIBC);
  }

  @Test
  void programForTheOtherLibraryIsCalledSo() throws IOException {
    assertFound(
        musl(run("libc.so.6")).judge(work),
        "E05-loader",
        FAIL,
        "built for glibc, and the image has musl");
    assertFound(
        glibc(TestElf.program(MUSL, "libc.musl-x86_64.so.1")).judge(work),
        "E05-loader",
        FAIL,
        "built for musl (Alpine), and the image has glibc");
  }

  @Test
  void loaderMustBeOneForTheProgram() throws IOException {
    SampleImage arm = new SampleImage()
        .program("lib64/ld-linux-x86-64.so.2", TestElf.library().machine(183).bytes())
        .program("app", run().bytes())
        .entrypoint("/app");
    assertFound(arm.judge(work), "E05-loader", FAIL, "none for x86_64");
    SampleImage notToBeRun = new SampleImage()
        .library("lib64/ld-linux-x86-64.so.2", TestElf.library())
        .program("app", run().bytes())
        .entrypoint("/app");
    assertFound(notToBeRun.judge(work), "E05-loader", FAIL, "that may be run");
  }

  @Test
  void missingLibrarySaysWhereThereIsOne() throws IOException {
    SampleImage image = glibc(run("libx.so.1")).library("opt/lib/libx.so.1", lib("libx.so.1"));
    assertFound(
        image.judge(work),
        "E05-library",
        FAIL,
        "/app/run needs libx.so.1",
        "there is /opt/lib/libx.so.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$ORIGIN/../lib", "${ORIGIN}/../lib", "/lib:/lib/../app/../lib/private"})
  void runpathIsSearched(String runpath) throws IOException {
    String directory = runpath.contains("private") ? "lib/private/" : "lib/";
    SampleImage image = new SampleImage()
        .glibc()
        .directory("app")
        .program("app/bin/run", run("libjli.so").runpath(runpath).bytes())
        .library(
            (directory.equals("lib/") ? "app/" : "") + directory + "libjli.so", lib("libjli.so"))
        .entrypoint("/app/bin/run");
    assertFinds(image);
  }

  @Test
  void originIsWhereTheProgramReallyIs() throws IOException {
    // As update-alternatives has it for java.
    SampleImage image = new SampleImage()
        .glibc()
        .program("opt/jdk/bin/java", run("libjli.so").runpath("$ORIGIN/../lib").bytes())
        .library("opt/jdk/lib/libjli.so", lib("libjli.so"))
        .link("usr/bin/java", "/opt/jdk/bin/java")
        .entrypoint("/usr/bin/java", "-version");
    assertFinds(image);
  }

  @Test
  void rpathIsInheritedAndRunpathIsNot() throws IOException {
    TestElf first = lib("liba.so", "libb.so");
    SampleImage rpath = glibc(run("liba.so").rpath("/app/lib"))
        .library("app/lib/liba.so", first)
        .library("app/lib/libb.so", lib("libb.so"));
    assertFinds(rpath);
    SampleImage runpath = glibc(run("liba.so").runpath("/app/lib"))
        .library("app/lib/liba.so", first)
        .library("app/lib/libb.so", lib("libb.so"));
    assertFound(runpath.judge(work), "E05-library", FAIL, "libb.so for /app/lib/liba.so");
  }

  @Test
  void runpathOfALibraryHidesInheritedRpath() throws IOException {
    SampleImage image = glibc(run("liba.so").rpath("/app/lib"))
        .library("app/lib/liba.so", lib("liba.so", "libb.so").runpath("/nowhere"))
        .library("app/lib/libb.so", lib("libb.so"));
    assertFound(image.judge(work), "E05-library", FAIL, "libb.so");
  }

  @Test
  void libraryPathOfTheEnvironmentCounts() throws IOException {
    SampleImage image = glibc(run("libx.so")).library("opt/x/libx.so", lib("libx.so"));
    assertFinds(image.env("LD_LIBRARY_PATH=/opt/y:/opt/x"));
  }

  @Test
  void libraryNeededByPathIsTakenFromThere() throws IOException {
    SampleImage image = glibc(run("/opt/libx.so")).library("opt/libx.so", lib("libx.so"));
    assertFinds(image);
  }

  @Test
  void whatIsLoadedAlreadyIsFoundByItsOwnName() throws IOException {
    SampleImage image = glibc(run("/opt/x-1.so", "liby.so"))
        .library("opt/x-1.so", lib("libx.so"))
        .library("lib/liby.so", lib("liby.so", "libx.so"));
    assertFinds(image);
  }

  @Test
  void glibcSkipsLibrariesForOtherProcessors() throws IOException {
    SampleImage skipped = glibc(run("libx.so"))
        .library("lib/x86_64-linux-gnu/libx.so", lib("libx.so").machine(183))
        .library("usr/lib/libx.so", lib("libx.so"));
    assertFinds(skipped);
    SampleImage only =
        glibc(run("libx.so")).library("usr/lib/libx.so", lib("libx.so").machine(183));
    assertFound(only.judge(work), "E05-library", FAIL, "/usr/lib/libx.so is for aarch64");
  }

  @Test
  void whatIsNoLibraryFails() throws IOException {
    SampleImage image = glibc(run("libx.so")).file("usr/lib/libx.so", "GROUP ( libx.so.1 )");
    assertFound(image.judge(work), "E05-library", FAIL, "/usr/lib/libx.so is no library");
  }

  @Test
  void linksToLibrariesAreFollowed() throws IOException {
    SampleImage image = glibc(run("libx.so.1"))
        .library("usr/lib/libx.so.1.2.3", lib("libx.so.1"))
        .link("usr/lib/libx.so.1", "libx.so.1.2.3");
    assertFinds(image);
  }

  @Test
  void librariesUnderMountsAreHidden() throws IOException {
    SampleImage image =
        glibc(run("libx.so").runpath("/tmp/lib")).library("tmp/lib/libx.so", lib("libx.so"));
    assertFound(image.judge(work), "E05-library", FAIL, "libx.so");
  }

  @Test
  void versionTheLibraryDoesNotHaveFails() throws IOException {
    SampleImage image =
        glibc(run("libc.so.6").needsVersion("libc.so.6", "GLIBC_2.2.5", "GLIBC_2.38"));
    assertFound(
        image.judge(work),
        "E05-version",
        FAIL,
        "needs GLIBC_2.38 of libc.so.6",
        "/lib/x86_64-linux-gnu/libc.so.6");
    assertFinds(glibc(run("libc.so.6").needsVersion("libc.so.6", "GLIBC_2.34")));
    assertFinds(glibc(run("libc.so.6").needsVersion("libc.so.6", "weak:GLIBC_2.38")));
  }

  @Test
  void libraryWithoutVersionsIsTakenAsItIs() throws IOException {
    assertFinds(glibc(run("libm.so.6").needsVersion("libm.so.6", "GLIBC_2.29")));
  }

  // The cache, which alone makes glibc look where ld.so.conf points.

  @Test
  void libraryOutsideTheDefaultDirectoriesNeedsTheCache() throws IOException {
    SampleImage image = glibc(run("libx.so"))
        .library("usr/local/lib/libx.so", lib("libx.so"))
        .file("etc/ld.so.conf", "/usr/local/lib\n");
    assertFound(
        image.judge(work), "E05-library", FAIL, "there is /usr/local/lib/libx.so", "ldconfig");
    assertFinds(image.file("etc/ld.so.cache", 0644, cache("libx.so", "/usr/local/lib/libx.so")));
  }

  @Test
  void cacheBehindTheOldFormatIsRead() throws IOException {
    byte[] cache = cache("libx.so", "/usr/local/lib/libx.so");
    byte[] both = new byte[16 + cache.length];
    System.arraycopy("ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII), 0, both, 0, 11);
    System.arraycopy(cache, 0, both, 16, cache.length);
    assertFinds(glibc(run("libx.so"))
        .library("usr/local/lib/libx.so", lib("libx.so"))
        .file("etc/ld.so.cache", 0644, both));
  }

  @Test
  void unreadableCacheLeavesItOpen() throws IOException {
    SampleImage image = glibc(run("libx.so")).file("etc/ld.so.cache", "something else");
    assertFound(image.judge(work), "E05-library", INCONCLUSIVE, "/etc/ld.so.cache");
  }

  @ParameterizedTest
  @CsvSource({"20, 2147483647", "20, -1", "52, -1", "52, 2147483647", "56, 1000000"})
  void absurdCacheLeavesItOpen(int offset, int value) throws IOException {
    byte[] cache = cache("libx.so", "/usr/local/lib/libx.so");
    ByteBuffer.wrap(cache).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    SampleImage image = glibc(run("libx.so")).file("etc/ld.so.cache", 0644, cache);
    assertFound(image.judge(work), "E05-library", INCONCLUSIVE);
  }

  static byte[] cache(String name, String path) {
    byte[] strings = (name + "\0" + path + "\0").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer cache = ByteBuffer.allocate(48 + 24 + strings.length).order(ByteOrder.LITTLE_ENDIAN);
    cache.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII));
    cache.putInt(1).putInt(strings.length).position(48);
    cache.putInt(0x0303).putInt(72).putInt(72 + name.length() + 1).putInt(0).putLong(0);
    return cache.put(strings).array();
  }

  // musl

  @Test
  void muslIsItsOwnLibrary() throws IOException {
    assertFinds(musl(TestElf.program(MUSL, "libc.musl-x86_64.so.1", "libpthread.so.0")));
  }

  @Test
  void muslLooksInItsThreeDirectoriesOrWhereItsPathFileSays() throws IOException {
    SampleImage image = musl(TestElf.program(MUSL, "libssl.so.3"))
        .library("usr/local/lib/libssl.so.3", lib("libssl.so.3"));
    assertFinds(image);
    image.file("etc/ld-musl-x86_64.path", "/lib:/usr/lib\n");
    assertFound(image.judge(work), "E05-library", FAIL, "libssl.so.3");
    assertFinds(image.file("etc/ld-musl-x86_64.path", "/opt\n/usr/local/lib\n"));
  }

  /** As in Alpine's gcompat, whose loader starts musl's. */
  @Test
  void glibcsProgramOnMuslFindsItsLibraryInMusl() throws IOException {
    SampleImage image = musl(run("libc.so.6", "libdl.so.2"))
        .program("lib/ld-linux-x86-64.so.2", TestElf.program().bytes())
        .link("lib64/ld-linux-x86-64.so.2", "../lib/ld-linux-x86-64.so.2");
    assertFinds(image);
    SampleImage merged = new SampleImage()
        .link("lib", "usr/lib")
        .link("lib64", "usr/lib")
        .program("usr/lib/ld-musl-x86_64.so.1", TestElf.library().bytes())
        .program("usr/lib/ld-linux-x86-64.so.2", TestElf.program().bytes())
        .program("app", run("libc.so.6").bytes())
        .entrypoint("/app");
    assertFinds(merged);
  }

  @Test
  void muslInheritsRunpath() throws IOException {
    assertFinds(musl(TestElf.program(MUSL, "liba.so").runpath("/app/lib"))
        .library("app/lib/liba.so", lib("liba.so", "libb.so"))
        .library("app/lib/libb.so", lib("libb.so")));
  }

  @Test
  void muslStopsAtALibraryForAnotherProcessor() throws IOException {
    SampleImage image = musl(TestElf.program(MUSL, "libx.so"))
        .library("lib/libx.so", lib("libx.so").machine(183))
        .library("usr/lib/libx.so", lib("libx.so"));
    assertFound(image.judge(work), "E05-library", FAIL, "/lib/libx.so is for aarch64");
  }

  @Test
  void muslKnowsNoVersions() throws IOException {
    assertFinds(musl(TestElf.program(MUSL, "libx.so").needsVersion("libx.so", "X_9"))
        .library("lib/libx.so", lib("libx.so").definesVersion("X_1")));
  }

  @Test
  void absurdNumbersOfPlacesAreBounded() throws IOException {
    String path = IntStream.range(0, 6000).mapToObj(i -> "/d" + i).collect(Collectors.joining(":"));
    String[] names = IntStream.range(0, 500).mapToObj(i -> "l" + i).toArray(String[]::new);
    SampleImage image = glibc(run("liba.so"))
        .env("LD_LIBRARY_PATH=" + path)
        .library("lib/liba.so", lib("liba.so", names));
    assertFound(image.judge(work), "E05", INCONCLUSIVE, "100000 places");
  }

  @Test
  void librariesThatNeedEachOtherEnd() throws IOException {
    assertFinds(glibc(run("liba.so"))
        .library("lib/liba.so", lib("liba.so", "libb.so"))
        .library("lib/libb.so", lib("libb.so", "liba.so")));
  }
}
