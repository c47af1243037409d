package io.treza.eif.internal.archive;

import io.treza.eif.EifException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Finds the payload of an RPM package (rpm, docs/manual/format_v4.md: lead, signature, header,
 * payload) once every digest in the package holds.
 *
 * <p>The digests tell damage, not forgery: whoever changes a package can change them. Its OpenPGP
 * signature is not checked; the digest that the user pins is what vouches for the package.
 */
final class Rpm {
  private static final int LEAD_BYTES = 96;
  private static final int LEAD_TYPE = 6;
  // rpm, include/rpm/rpmtag.h: in the signature,
  private static final int HEADER_SHA1 = 269;
  private static final int HEADER_SHA256 = 273;
  private static final int SIZE = 1000;
  private static final int MD5 = 1004;
  // and in the header.
  private static final int PAYLOAD_FORMAT = 1124;
  private static final int PAYLOAD_DIGEST = 5092;
  private static final int PAYLOAD_DIGEST_ALGORITHM = 5093;
  // RFC 4880, section 9.4.
  private static final long SHA256 = 8;

  private final String origin;
  private final RpmHeader signature;
  private final RpmHeader header;
  private final long headerOffset;

  private Rpm(String origin, RpmHeader signature, RpmHeader header, long headerOffset) {
    this.origin = origin;
    this.signature = signature;
    this.header = header;
    this.headerOffset = headerOffset;
  }

  /**
   * Opens a package's payload, a cpio archive, still compressed.
   *
   * @param origin what to call the package in messages
   * @throws EifException if it is no binary package, or a digest in it does not hold
   */
  static InputStream payload(Path file, String origin) throws IOException {
    Rpm rpm;
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      rpm = read(in, origin);
    } catch (EOFException e) {
      throw new EifException(origin + ": the package ends inside its headers; fetch it again", e);
    }
    rpm.check(file);
    InputStream payload = Files.newInputStream(file);
    payload.skipNBytes(rpm.headerOffset + rpm.header.bytes().length);
    return payload;
  }

  private static Rpm read(DataInputStream in, String origin) throws IOException {
    byte[] lead = new byte[LEAD_BYTES];
    in.readFully(lead);
    if (lead[LEAD_TYPE] != 0 || lead[LEAD_TYPE + 1] != 0) {
      throw new EifException(origin + ": a source package; name the binary one");
    }
    RpmHeader signature = RpmHeader.read(in, origin + ": signature");
    int padding = -signature.bytes().length & 7;
    in.readFully(new byte[padding]);
    long offset = (long) LEAD_BYTES + signature.bytes().length + padding;
    return new Rpm(origin, signature, RpmHeader.read(in, origin + ": header"), offset);
  }

  private void check(Path file) throws IOException {
    String format = header.string(PAYLOAD_FORMAT).orElse("cpio");
    if (!format.equals("cpio")) {
      throw new EifException(origin + ": its payload is " + format + ", not cpio");
    }
    require("SHA-1 of the header", signature.string(HEADER_SHA1), hash("SHA-1", header.bytes()));
    require(
        "SHA-256 of the header", signature.string(HEADER_SHA256), hash("SHA-256", header.bytes()));
    MessageDigest rest = digest("MD5");
    MessageDigest payload = digest("SHA-256");
    rest.update(header.bytes());
    long size = header.bytes().length;
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(headerOffset + size);
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        rest.update(buffer, 0, n);
        payload.update(buffer, 0, n);
        size += n;
      }
    }
    require("size", signature.number(SIZE).map(String::valueOf), String.valueOf(size));
    require("MD5", signature.binary(MD5).map(HexFormat.of()::formatHex), hex(rest));
    if (header.number(PAYLOAD_DIGEST_ALGORITHM).orElse(SHA256) == SHA256) {
      require("SHA-256 of the payload", header.string(PAYLOAD_DIGEST), hex(payload));
    }
  }

  private void require(String what, Optional<String> stated, String actual) throws EifException {
    if (stated.isPresent() && !stated.get().equals(actual)) {
      throw new EifException(origin + ": damaged package: the " + what + " is " + actual + ", not "
          + stated.get() + " as it states; fetch it again");
    }
  }

  private static String hash(String algorithm, byte[] bytes) {
    return HexFormat.of().formatHex(digest(algorithm).digest(bytes));
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has " + algorithm, e);
    }
  }
}
