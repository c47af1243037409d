package io.treza.attestation.internal.cbor;

import io.treza.attestation.internal.cbor.CborViolation.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The pre-check over the raw bytes of a document: after it, every CBOR library reads the same
 * values.
 *
 * <p>Libraries differ on duplicate keys, tags, trailing bytes, chunked strings, key types and
 * depth (some silently drop what they do not like), so those are settled here.
 */
public final class StrictForm {
  private static final int COSE_SIGN1_TAG = 18;
  /** The payload, and pcrs or cabundle in it. */
  private static final int MAX_DEPTH = 2;

  private static final int MAX_MAP_ENTRIES = 64;

  private StrictForm() {}

  /** A stretch of the document: a string's content. */
  public record Span(int offset, int length) {
    /** A copy of the bytes. */
    public byte[] of(byte[] document) {
      return Arrays.copyOfRange(document, offset, offset + length);
    }

    /** Whether the bytes are exactly {@code expected}. */
    public boolean holds(byte[] document, byte[] expected) {
      return Arrays.equals(document, offset, offset + length, expected, 0, expected.length);
    }
  }

  /**
   * The four parts of a COSE_Sign1 structure (RFC 9052 section 4.2), not yet judged.
   *
   * @param protectedHeader content of the protected header's byte string
   * @param payload content of the payload's byte string
   * @param signature content of the signature's byte string
   */
  public record Envelope(Span protectedHeader, Span payload, Span signature) {}

  /**
   * Reads the envelope: tag 18 or none, a definite array of byte string, empty map, byte string,
   * byte string, and nothing after it.
   */
  public static Envelope envelope(byte[] document) throws CborViolation {
    CborCursor cursor = new CborCursor(document, 0, document.length);
    cursor.next();
    if (cursor.major() == CborCursor.TAG) {
      if (cursor.argument() != COSE_SIGN1_TAG) {
        throw unexpectedTag(cursor);
      }
      cursor.next();
    }
    if (cursor.major() != CborCursor.ARRAY || cursor.indefinite() || cursor.argument() != 4) {
      throw shape(cursor, "something else than an array of 4");
    }
    Span protectedHeader = byteString(cursor, "protected header");
    cursor.next();
    if (cursor.major() != CborCursor.MAP) {
      throw shape(cursor, "an unprotected header that is not a map");
    }
    if (cursor.indefinite() ? !cursor.takeBreak() : cursor.argument() != 0) {
      throw new CborViolation(
          Kind.UNPROTECTED_HEADER, cursor.headOffset(), "an unprotected header with entries");
    }
    Span payload = byteString(cursor, "payload");
    Span signature = byteString(cursor, "signature");
    cursor.requireEnd();
    return new Envelope(protectedHeader, payload, signature);
  }

  /**
   * Checks the payload: one map with text keys whose values hold no tags, floats, chunks,
   * duplicate keys or deep nesting, and nothing after it.
   *
   * @return where the content of the field {@code wanted} lies if it is a byte string, else an
   *     empty span at offset -1
   */
  public static Span payload(byte[] document, Span payload, String wanted) throws CborViolation {
    CborCursor cursor = new CborCursor(document, payload.offset(), payload.length());
    cursor.next();
    if (cursor.major() != CborCursor.MAP) {
      throw shape(cursor, "a payload that is not a map");
    }
    FieldFinder finder = new FieldFinder(document, wanted);
    map(cursor, document, CborCursor.TEXT, 1, finder);
    cursor.requireEnd();
    return finder.found;
  }

  private static Span byteString(CborCursor cursor, String what) throws CborViolation {
    cursor.next();
    if (cursor.major() != CborCursor.BYTES) {
      throw shape(cursor, "a " + what + " that is not a byte string");
    }
    Span span = new Span(cursor.position(), (int) cursor.argument());
    cursor.skipString();
    return span;
  }

  /** Walks the entries of the map whose head was just read. */
  private static void map(
      CborCursor cursor, byte[] document, int keyType, int depth, FieldFinder finder)
      throws CborViolation {
    boolean indefinite = cursor.indefinite();
    long count = cursor.argument();
    KeySet keys = new KeySet(document);
    while (indefinite ? !cursor.takeBreak() : keys.size() < count) {
      cursor.next();
      keys.add(cursor, keyType);
      boolean wanted = keyType == CborCursor.TEXT && finder.isWanted(cursor);
      if (keyType == CborCursor.TEXT) {
        cursor.skipString();
      }
      cursor.next();
      if (wanted && cursor.major() == CborCursor.BYTES) {
        finder.found = new Span(cursor.position(), (int) cursor.argument());
      }
      value(cursor, document, depth);
    }
  }

  /** Walks the rest of the item whose head was just read. */
  private static void value(CborCursor cursor, byte[] document, int depth) throws CborViolation {
    switch (cursor.major()) {
      case CborCursor.UNSIGNED, CborCursor.NEGATIVE, CborCursor.SIMPLE -> {}
      case CborCursor.BYTES, CborCursor.TEXT -> cursor.skipString();
      case CborCursor.ARRAY -> {
        requireDepth(cursor, depth + 1);
        boolean indefinite = cursor.indefinite();
        long count = cursor.argument();
        for (long i = 0; indefinite ? !cursor.takeBreak() : i < count; i++) {
          cursor.next();
          value(cursor, document, depth + 1);
        }
      }
      case CborCursor.MAP -> {
        requireDepth(cursor, depth + 1);
        map(cursor, document, CborCursor.UNSIGNED, depth + 1, new FieldFinder(document, ""));
      }
      default -> throw unexpectedTag(cursor);
    }
  }

  private static void requireDepth(CborCursor cursor, int depth) throws CborViolation {
    if (depth > MAX_DEPTH) {
      throw new CborViolation(
          Kind.TOO_LARGE, cursor.headOffset(), "containers nested deeper than " + MAX_DEPTH);
    }
  }

  private static CborViolation unexpectedTag(CborCursor cursor) {
    return new CborViolation(Kind.UNEXPECTED_TAG, cursor.headOffset(), "tag " + cursor.argument());
  }

  private static CborViolation shape(CborCursor cursor, String found) {
    return new CborViolation(Kind.SHAPE, cursor.headOffset(), found);
  }

  /** Remembers where one field's byte string lies. */
  private static final class FieldFinder {
    private final byte[] document;
    private final byte[] name;
    private Span found = new Span(-1, 0);

    FieldFinder(byte[] document, String name) {
      this.document = document;
      this.name = name.getBytes(StandardCharsets.US_ASCII);
    }

    boolean isWanted(CborCursor key) {
      return new Span(key.position(), (int) key.argument()).holds(document, name);
    }
  }

  /** The keys seen in one map. Few, so compared pair by pair. */
  private static final class KeySet {
    private final byte[] document;
    private final long[] keys = new long[MAX_MAP_ENTRIES];
    private int size;

    KeySet(byte[] document) {
      this.document = document;
    }

    int size() {
      return size;
    }

    /** Adds the key whose head was just read: its value, or for text its place and length. */
    void add(CborCursor cursor, int keyType) throws CborViolation {
      if (cursor.major() == CborCursor.TAG) {
        throw unexpectedTag(cursor);
      }
      if (cursor.major() != keyType) {
        throw new CborViolation(
            Kind.KEY_TYPE,
            cursor.headOffset(),
            "a map key that is not " + (keyType == CborCursor.TEXT ? "text" : "a whole number"));
      }
      if (size == MAX_MAP_ENTRIES) {
        throw new CborViolation(
            Kind.TOO_LARGE, cursor.headOffset(), "a map with over " + MAX_MAP_ENTRIES + " entries");
      }
      boolean text = keyType == CborCursor.TEXT;
      long key = text ? (long) cursor.position() << 32 | cursor.argument() : cursor.argument();
      for (int i = 0; i < size; i++) {
        if (text ? sameText(keys[i], key) : keys[i] == key) {
          throw new CborViolation(
              Kind.DUPLICATE_KEY, cursor.headOffset(), "a key that the map already has");
        }
      }
      keys[size++] = key;
    }

    private boolean sameText(long a, long b) {
      int at = (int) (a >>> 32);
      int bt = (int) (b >>> 32);
      return Arrays.equals(document, at, at + (int) a, document, bt, bt + (int) b);
    }
  }
}
