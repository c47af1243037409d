package io.treza.eif;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes RPM packages, right or wrong, independently of the code under test. */
final class TestRpm {
  private static final int INT32 = 4;
  private static final int STRING = 6;
  private static final int BIN = 7;
  private static final int STRING_ARRAY = 8;

  private final byte[] payload;
  private final Map<Integer, String> wrong = new HashMap<>();
  private String format = "cpio";
  private int type;

  /** A package with this payload and every digest that rpm knows. */
  TestRpm(byte[] payload) {
    this.payload = payload;
  }

  /** A cpio archive with these files. */
  static byte[] cpio(Map<String, byte[]> files) {
    Newc cpio = new Newc();
    files.forEach((name, content) -> cpio.file("./" + name, new String(content, ISO_8859_1)));
    return cpio.bytes();
  }

  /** States something else under a tag of the signature or header. */
  TestRpm wrong(int tag, String value) {
    wrong.put(tag, value);
    return this;
  }

  TestRpm format(String name) {
    format = name;
    return this;
  }

  TestRpm type(int number) {
    type = number;
    return this;
  }

  byte[] bytes() {
    byte[] header = header(List.of(
        new Tag(1124, STRING, text(format)),
        new Tag(5092, STRING_ARRAY, text(stated(5092, hash("SHA-256", payload)))),
        new Tag(5093, INT32, number(8))));
    byte[] rest = join(header, payload);
    byte[] signature = header(List.of(
        new Tag(269, STRING, text(stated(269, hash("SHA-1", header)))),
        new Tag(273, STRING, text(stated(273, hash("SHA-256", header)))),
        new Tag(1000, INT32, number(Integer.parseInt(stated(1000, rest.length + "")))),
        new Tag(1004, BIN, HexFormat.of().parseHex(stated(1004, hash("MD5", rest))))));
    byte[] lead = new byte[96];
    ByteBuffer.wrap(lead).putInt(0xedabeedb).put((byte) 3).put((byte) 0).putShort((short) type);
    return join(lead, signature, new byte[-signature.length & 7], rest);
  }

  private String stated(int tag, String right) {
    return wrong.getOrDefault(tag, right);
  }

  private record Tag(int number, int type, byte[] data) {}

  private static byte[] header(List<Tag> tags) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    List<byte[]> entries = new ArrayList<>();
    for (Tag tag : tags) {
      if (tag.type == INT32) {
        data.writeBytes(new byte[-data.size() & 3]);
      }
      int count = tag.type == BIN ? tag.data.length : 1;
      entries.add(join(number(tag.number), number(tag.type), number(data.size()), number(count)));
      data.writeBytes(tag.data);
    }
    byte[] intro = join(number(0x8eade801), number(0), number(entries.size()), number(data.size()));
    return join(intro, join(entries.toArray(byte[][]::new)), data.toByteArray());
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] text(String value) {
    return (value + "\0").getBytes(ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
