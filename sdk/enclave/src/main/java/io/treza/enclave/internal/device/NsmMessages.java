package io.treza.enclave.internal.device;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.PcrState;
import java.net.ProtocolException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What the NSM is asked and answers, as CBOR in the shapes of aws-nitro-enclaves-nsm-api ({@code
 * src/api/mod.rs}).
 */
final class NsmMessages {
  private static final String ATTESTATION = "Attestation";
  private static final String RANDOM = "GetRandom";
  private static final String DESCRIBE = "DescribePCR";
  private static final String EXTEND = "ExtendPCR";
  private static final String LOCK = "LockPCR";

  private NsmMessages() {}

  static byte[] attestation(byte[] nonce, byte[] publicKey, byte[] userData) {
    return operation(ATTESTATION, 3)
        .text("user_data")
        .optional(userData)
        .text("nonce")
        .optional(nonce)
        .text("public_key")
        .optional(publicKey)
        .toByteArray();
  }

  static byte[] document(byte[] answer) throws NsmException {
    return read(answer, in -> only(in, ATTESTATION, "document"));
  }

  static byte[] getRandom() {
    return new Cbor().text(RANDOM).toByteArray();
  }

  static byte[] random(byte[] answer) throws NsmException {
    return read(answer, in -> only(in, RANDOM, "random"));
  }

  static byte[] describePcr(int index) {
    return operation(DESCRIBE, 1).text("index").unsigned(index).toByteArray();
  }

  static PcrState pcrState(byte[] answer) throws NsmException {
    return read(answer, NsmMessages::described);
  }

  static byte[] extendPcr(int index, byte[] data) {
    return operation(EXTEND, 2)
        .text("index")
        .unsigned(index)
        .text("data")
        .bytes(data)
        .toByteArray();
  }

  static byte[] extended(byte[] answer) throws NsmException {
    return read(answer, in -> only(in, EXTEND, "data"));
  }

  static byte[] lockPcr(int index) {
    return operation(LOCK, 1).text("index").unsigned(index).toByteArray();
  }

  static void locked(byte[] answer) throws NsmException {
    read(answer, in -> {
      requireName(in, LOCK);
      return true;
    });
  }

  private static Cbor operation(String name, int entries) {
    return new Cbor().map(1).text(name).map(entries);
  }

  /** Reads the content of an answer of the expected kind. */
  @FunctionalInterface
  private interface Content<T> {
    T read(CborReader in) throws ProtocolException;
  }

  private static <T> T read(byte[] answer, Content<T> content) throws NsmException {
    try {
      Optional<String> error = error(new CborReader(answer));
      if (error.isPresent()) {
        throw new NsmException(Problem.REFUSED, "the NSM refused: " + error.get());
      }
      CborReader in = new CborReader(answer);
      T result = content.read(in);
      in.end();
      return result;
    } catch (ProtocolException e) {
      throw new NsmException(Problem.PROTOCOL, String.valueOf(e.getMessage()), e);
    }
  }

  /** The code in {@code {"Error": code}}. */
  private static Optional<String> error(CborReader in) throws ProtocolException {
    if (in.isText()) {
      return Optional.empty();
    }
    boolean indefinite = in.beginMap(1);
    if (!in.text().equals("Error")) {
      return Optional.empty();
    }
    String code = in.text();
    in.endMap(indefinite);
    in.end();
    // The codes are names; whatever else is there is not to be printed.
    return Optional.of(code.matches("[A-Za-z]{1,64}") ? code : "with a code that is no name");
  }

  /** The byte string in {@code {operation: {field: ..}}}. */
  private static byte[] only(CborReader in, String operation, String field)
      throws ProtocolException {
    boolean outer = in.beginMap(1);
    requireName(in, operation);
    boolean inner = in.beginMap(1);
    requireName(in, field);
    byte[] value = in.bytes();
    in.endMap(inner);
    in.endMap(outer);
    return value;
  }

  /** {@code lock} and {@code data}, in either order. */
  private static PcrState described(CborReader in) throws ProtocolException {
    boolean outer = in.beginMap(1);
    requireName(in, DESCRIBE);
    boolean inner = in.beginMap(2);
    Optional<Boolean> lock = Optional.empty();
    Optional<byte[]> data = Optional.empty();
    for (int i = 0; i < 2; i++) {
      String name = in.text();
      if (name.equals("lock") && lock.isEmpty()) {
        lock = Optional.of(in.bool());
      } else if (name.equals("data") && data.isEmpty()) {
        data = Optional.of(in.bytes());
      } else {
        throw in.unexpected("another field, or one twice,");
      }
    }
    in.endMap(inner);
    in.endMap(outer);
    return new PcrState(HexFormat.of().formatHex(data.orElseThrow()), lock.orElseThrow());
  }

  private static void requireName(CborReader in, String name) throws ProtocolException {
    if (!in.text().equals(name)) {
      throw in.unexpected("something else than " + name);
    }
  }
}
