package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevelopmentRootTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-23T10:15:30Z"));

  @TempDir
  private Path temporary = Path.of("");

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void loadOrCreateGivesTheSameRootTheSecondTime() throws IOException {
    Path directory = temporary.resolve("new/root");
    DevelopmentRoot created = DevelopmentRoot.loadOrCreate(directory, CLOCK);
    DevelopmentRoot loaded = DevelopmentRoot.load(directory);
    assertArrayEquals(created.certificate().der(), loaded.certificate().der());
    assertArrayEquals(
        created.certificate().keys().getPrivate().getEncoded(),
        loaded.certificate().keys().getPrivate().getEncoded());
    assertEquals(created.certificate().validity(), loaded.certificate().validity());
    assertArrayEquals(created.certificate().subject(), loaded.certificate().subject());
  }

  @Test
  void aLoadedRootIssuesChains() throws Exception {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    DevelopmentRoot loaded = DevelopmentRoot.load(temporary);
    Paths.validate(CertificateChain.builder(loaded).clock(CLOCK).build(), CLOCK.instant());
  }

  @Test
  void onlyTheOwnerMayReadTheKey() throws IOException {
    Path directory = temporary.resolve("root");
    DevelopmentRoot.loadOrCreate(directory, CLOCK);
    assertEquals("rwx------", permissions(directory));
    assertEquals("rw-------", permissions(directory.resolve(RootDirectory.KEY)));
  }

  @Test
  void aKeyOthersMayReadIsRefused() throws IOException {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    Path key = temporary.resolve(RootDirectory.KEY);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertRefused(key, "rw-r-----");
  }

  private static String refusal(Path directory) {
    return String.valueOf(
        assertThrows(IOException.class, () -> DevelopmentRoot.loadOrCreate(directory, CLOCK)));
  }

  private void assertRefused(Path file, String reason) {
    String message = refusal(temporary);
    assertTrue(message.contains(file.toString()), message);
    assertTrue(message.contains(reason), message);
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    Path certificate = temporary.resolve(RootDirectory.CERTIFICATE);
    Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    assertRefused(certificate, "PEM");
    Files.writeString(certificate, Pem.encode("CERTIFICATE", new byte[] {0x30, 0}));
    assertRefused(certificate, "X.509");
    Path key = temporary.resolve(RootDirectory.KEY);
    Files.writeString(key, Pem.encode("PRIVATE KEY", new byte[] {0x30, 0}));
    assertRefused(key, "PKCS #8");
    Files.writeString(key, "ü");
    assertRefused(key, "PEM");
  }

  @Test
  void aMissingFileIsNamedAndNotReplaced() throws IOException {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    Path key = temporary.resolve(RootDirectory.KEY);
    Files.delete(key);
    assertRefused(key, "");
    assertFalse(Files.exists(key));
  }

  @Test
  void anotherRootsKeyIsRefused() throws IOException {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    DevelopmentRoot other = DevelopmentRoot.create(Naming.SIMULATED, CLOCK);
    Files.writeString(
        temporary.resolve(RootDirectory.CERTIFICATE), other.certificate().pem());
    assertRefused(temporary.resolve(RootDirectory.KEY), "not the key of");
  }

  @Test
  void aRootUnderAwsNamesIsRefused() throws IOException {
    DevelopmentRoot.loadOrCreate(temporary, CLOCK);
    DevelopmentRoot other = DevelopmentRoot.create(Naming.AWS_SHAPED, CLOCK);
    Files.writeString(
        temporary.resolve(RootDirectory.CERTIFICATE), other.certificate().pem());
    assertRefused(temporary.resolve(RootDirectory.CERTIFICATE), "CN=aws.nitro-enclaves");
  }

  @Test
  void aDirectoryWithOtherFilesIsRefusedAndLeftAlone() throws IOException {
    Path directory = Files.createDirectory(temporary.resolve("used"));
    Files.writeString(directory.resolve("notes.txt"), "mine");
    String message = refusal(directory);
    assertTrue(message.contains(directory.toString()), message);
    assertEquals(List.of("notes.txt"), names(directory));
    assertEquals(List.of("used"), names(temporary), "a draft was left behind");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName() + "").sorted().toList();
    }
  }

  @Test
  void everyoneInARaceGetsTheSameRoot() throws Exception {
    Path directory = temporary.resolve("raced");
    int racers = 16;
    ExecutorService threads = Executors.newFixedThreadPool(racers);
    try {
      Callable<BigInteger> race = () ->
          DevelopmentRoot.loadOrCreate(directory, CLOCK).certificate().x509().getSerialNumber();
      List<Callable<BigInteger>> races = new ArrayList<>();
      for (int i = 0; i < racers; i++) {
        races.add(race);
      }
      Set<BigInteger> serials = new HashSet<>();
      for (Future<BigInteger> result : threads.invokeAll(races)) {
        serials.add(result.get());
      }
      assertEquals(1, serials.size());
      assertEquals(List.of("raced"), names(temporary), "a draft was left behind");
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void theKeyShowsInNoText() {
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, CLOCK);
    CertificateChain chain = CertificateChain.builder(root).clock(CLOCK).build();
    BigInteger secret = ((ECPrivateKey) root.certificate().keys().getPrivate()).getS();
    for (Object shown : List.of(root, root.certificate(), chain)) {
      assertFalse(shown.toString().contains(secret.toString()), shown.toString());
      assertFalse(shown.toString().contains(secret.toString(16)), shown.toString());
      assertTrue(shown.toString().startsWith(shown.getClass().getSimpleName() + "["));
    }
  }
}
