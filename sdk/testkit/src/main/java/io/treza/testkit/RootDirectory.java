package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Set;

/** The directory a development root is kept in: its key and its certificate, both PEM. */
final class RootDirectory {
  static final String KEY = "root-key.pem";
  static final String CERTIFICATE = "root-certificate.pem";

  private static final Set<PosixFilePermission> OWNER_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private final Path directory;

  RootDirectory(Path directory) {
    this.directory = directory.toAbsolutePath();
  }

  boolean holdsRoot() {
    return Files.exists(directory.resolve(KEY)) || Files.exists(directory.resolve(CERTIFICATE));
  }

  /**
   * Writes both files into a new directory beside the target and renames it: whoever comes second
   * finds a complete root, and the rename of the second fails on the directory that is not empty.
   */
  void store(TestCertificate root) throws IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      throw new IOException("a file system's root cannot hold a development root: " + directory);
    }
    Files.createDirectories(parent);
    Path draft =
        Files.createTempDirectory(parent, ".development-root-", ownerOnly(parent, OWNER_DIRECTORY));
    try {
      write(
          draft.resolve(KEY), Pem.encode("PRIVATE KEY", root.keys().getPrivate().getEncoded()));
      write(draft.resolve(CERTIFICATE), root.pem());
      Files.move(draft, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw new IOException(
          "cannot create a development root in "
              + directory
              + ", which must be a new or empty directory: "
              + e.getMessage(),
          e);
    } finally {
      Files.deleteIfExists(draft.resolve(KEY));
      Files.deleteIfExists(draft.resolve(CERTIFICATE));
      Files.deleteIfExists(draft);
    }
  }

  private static void write(Path file, String pem) throws IOException {
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, options, ownerOnly(file, OWNER_FILE))) {
      ByteBuffer content = ByteBuffer.wrap(pem.getBytes(US_ASCII));
      while (content.hasRemaining()) {
        channel.write(content);
      }
    }
  }

  /** Given at creation, so that no moment exists in which others can read; none off POSIX. */
  private static FileAttribute<?>[] ownerOnly(Path where, Set<PosixFilePermission> permissions) {
    return where.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  TestCertificate load() throws IOException {
    Path keyFile = directory.resolve(KEY);
    Path certificateFile = directory.resolve(CERTIFICATE);
    refuseIfOthersMayRead(keyFile);
    PrivateKey key = privateKey(keyFile, pem("PRIVATE KEY", keyFile));
    byte[] der = pem("CERTIFICATE", certificateFile);
    X509Certificate certificate = certificate(certificateFile, der);
    byte[] subject = certificate.getSubjectX500Principal().getEncoded();
    if (!Arrays.equals(subject, DevelopmentRoot.subject(Naming.SIMULATED))) {
      throw new IOException(certificateFile
          + ": not a development root, but "
          + certificate.getSubjectX500Principal().getName());
    }
    if (!belongTogether(key, certificate)) {
      throw new IOException(keyFile + ": not the key of " + certificateFile);
    }
    return new TestCertificate(
        der,
        subject,
        new KeyPair(certificate.getPublicKey(), key),
        new Validity(
            certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant()));
  }

  private static void refuseIfOthersMayRead(Path keyFile) throws IOException {
    if (!keyFile.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(keyFile);
    if (!OWNER_FILE.containsAll(permissions)) {
      throw new IOException(keyFile
          + ": open to others than its owner ("
          + PosixFilePermissions.toString(permissions)
          + "); make it rw------- if nobody read it, otherwise delete the directory");
    }
  }

  private static byte[] pem(String label, Path file) throws IOException {
    try {
      return Pem.decode(label, Files.readString(file, US_ASCII));
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new IOException(file + ": not one PEM block \"" + label + "\"", e);
    }
  }

  private static PrivateKey privateKey(Path file, byte[] pkcs8) throws IOException {
    try {
      return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": not a PKCS #8 private key for EC", e);
    }
  }

  private static X509Certificate certificate(Path file, byte[] der) throws IOException {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": not an X.509 certificate", e);
    }
  }

  private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
    byte[] probe = {1};
    byte[] signed = SignatureAlgorithm.ECDSA_SHA384.sign(key, new SecureRandom(), probe);
    try {
      Signature verifier = Signature.getInstance("SHA384withECDSA");
      verifier.initVerify(certificate);
      verifier.update(probe);
      return verifier.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
