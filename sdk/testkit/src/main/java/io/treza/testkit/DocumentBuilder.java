package io.treza.testkit;

import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Builds an attestation document: the COSE_Sign1 (RFC 9052, 4.2) that a Nitro Security Module
 * returns, as right or as wrong as a test needs it.
 *
 * <p>Unchanged, it is what a real module writes: an untagged array of four; the nine fields in
 * AWS's order, null where unused; PCR0 to PCR15; a signature by the leaf. The signature covers
 * exactly the header and payload given here. {@link #element} and {@link #envelope} work on what is
 * already signed. Not thread-safe.
 */
public final class DocumentBuilder {
  /** The elements of a COSE_Sign1, in their order. */
  public enum Element {
    /** The protected header: a byte string that holds an encoded map. */
    PROTECTED,
    /** The unprotected header: a map. */
    UNPROTECTED,
    /** The payload: a byte string. */
    PAYLOAD,
    /** The signature: a byte string, r and s of 48 bytes each. */
    SIGNATURE
  }

  /** An entry of the payload map; {@code name} only finds it again. */
  private record Entry(String name, Supplier<byte[]> key, Supplier<byte[]> value) {}

  /** {@code {1: -35}}: ES384 (RFC 9053, 2.1). */
  private static final byte[] ES384 = Cbor.map(Cbor.integer(1), Cbor.integer(-35));

  private final List<Entry> entries = new ArrayList<>();
  private final SortedMap<Integer, byte[]> pcrs = new TreeMap<>();
  private final SecureRandom random;
  private final Map<Element, UnaryOperator<byte[]>> encodings = new EnumMap<>(Element.class);
  private boolean indefinite;
  private byte[] protectedHeader = ES384;
  private UnaryOperator<byte[]> payload = UnaryOperator.identity();
  private UnaryOperator<byte[]> signer;
  private UnaryOperator<byte[]> signature = UnaryOperator.identity();
  private Function<List<byte[]>, byte[]> envelope = Cbor::array;

  private DocumentBuilder(CertificateChain chain) {
    random = chain.random();
    for (int i = 0; i < 16; i++) {
      pcrs.put(i, Pcrs.zero());
    }
    for (int i = 0; i < 3; i++) {
      pcrs.put(i, Digests.sha384(new byte[] {(byte) i}));
    }
    pcrs.put(4, Pcrs.ofInstance(chain.instanceId()));
    moduleId(chain.moduleId());
    digest("SHA384");
    timestamp(chain.clock().millis());
    entries.add(new Entry("pcrs", () -> Cbor.text("pcrs"), this::encodedPcrs));
    certificate(chain.leaf().der());
    cabundle(chain.cabundle());
    field("public_key", Cbor.nullValue());
    field("user_data", Cbor.nullValue());
    field("nonce", Cbor.nullValue());
    for (Element element : Element.values()) {
      encodings.put(
          element, element == Element.UNPROTECTED ? UnaryOperator.identity() : Cbor::bytes);
    }
    signer = signingWith(chain.leaf().keys().getPrivate(), random);
  }

  /** Starts the document of this chain's enclave, signed by its leaf at the chain's clock's now. */
  public static DocumentBuilder of(CertificateChain chain) {
    return new DocumentBuilder(chain);
  }

  /**
   * Starts from what another module attested, such as one in an emulator that signs nothing: its
   * payload as it is, but for the certificates, which become this chain's, to be signed by its leaf.
   *
   * @param document a COSE_Sign1 of definite lengths, whose own signature is not looked at
   * @throws IllegalArgumentException if it is not of that form
   */
  public static DocumentBuilder of(CertificateChain chain, byte[] document) {
    List<byte[]> elements = CborItems.of(document, 4);
    // RFC 9052, 4.2: protected, unprotected, payload, signature.
    if (elements.size() != 4) {
      throw new IllegalArgumentException("a document has 4 elements, not " + elements.size());
    }
    byte[] payload = CborItems.bytes(elements.get(2));
    List<byte[]> items = CborItems.of(payload, 5);
    DocumentBuilder builder = new DocumentBuilder(chain);
    builder.entries.clear();
    for (int i = 0; i < items.size(); i += 2) {
      byte[] key = items.get(i);
      byte[] value = items.get(i + 1);
      String name = new String(CborItems.text(key), StandardCharsets.UTF_8);
      builder.entries.add(new Entry(name, () -> key, () -> value));
    }
    return builder.certificate(chain.leaf().der()).cabundle(chain.cabundle());
  }

  /** Sets {@code module_id}. */
  public DocumentBuilder moduleId(String id) {
    return field("module_id", Cbor.text(id));
  }

  /** Sets {@code digest}. */
  public DocumentBuilder digest(String name) {
    return field("digest", Cbor.text(name));
  }

  /** Sets {@code timestamp}, milliseconds since the epoch. */
  public DocumentBuilder timestamp(long milliseconds) {
    // Eight bytes whatever the value, as the milliseconds of our century need anyway.
    return field("timestamp", Cbor.integer(milliseconds, Cbor.Width.EIGHT));
  }

  /** Sets one register in {@code pcrs}, of any index and length. */
  public DocumentBuilder pcr(int index, byte[] value) {
    pcrs.put(index, value.clone());
    return this;
  }

  /** Removes one register from {@code pcrs}. */
  public DocumentBuilder withoutPcr(int index) {
    pcrs.remove(index);
    return this;
  }

  /** Sets {@code certificate}. */
  public DocumentBuilder certificate(byte[] der) {
    return field("certificate", Cbor.bytes(der));
  }

  /** Sets {@code cabundle}: any certificates in any order. */
  public DocumentBuilder cabundle(List<byte[]> certificates) {
    return field("cabundle", Cbor.array(certificates.stream().map(Cbor::bytes).toList()));
  }

  /** Sets {@code public_key}. */
  public DocumentBuilder publicKey(byte[] value) {
    return field("public_key", Cbor.bytes(value));
  }

  /** Sets {@code user_data}. */
  public DocumentBuilder userData(byte[] value) {
    return field("user_data", Cbor.bytes(value));
  }

  /** Sets {@code nonce}. */
  public DocumentBuilder nonce(byte[] value) {
    return field("nonce", Cbor.bytes(value));
  }

  /**
   * Sets a field to any encoded item: in its place if it is there, otherwise at the end. Setting
   * {@code pcrs} makes {@link #pcr} without effect.
   */
  public DocumentBuilder field(String name, byte[] item) {
    byte[] value = item.clone();
    Entry entry = new Entry(name, () -> Cbor.text(name), () -> value);
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).name().equals(name)) {
        entries.set(i, entry);
        return this;
      }
    }
    entries.add(entry);
    return this;
  }

  /** Writes a field's key as another item: another name, type or encoding. */
  public DocumentBuilder key(String name, byte[] keyItem) {
    byte[] key = keyItem.clone();
    entries.replaceAll(
        entry -> entry.name().equals(name) ? new Entry(name, () -> key, entry.value()) : entry);
    return this;
  }

  /** Removes a field. */
  public DocumentBuilder without(String name) {
    entries.removeIf(entry -> entry.name().equals(name));
    return this;
  }

  /** Adds an entry at the end, even when there is one with this key. */
  public DocumentBuilder entry(byte[] keyItem, byte[] valueItem) {
    byte[] key = keyItem.clone();
    byte[] value = valueItem.clone();
    entries.add(new Entry("", () -> key, () -> value));
    return this;
  }

  /** Writes the payload map with indefinite length, as AWS does since August 2025. */
  public DocumentBuilder indefiniteMap(boolean newIndefinite) {
    indefinite = newIndefinite;
    return this;
  }

  /** Changes the encoded payload before it is signed. */
  public DocumentBuilder payload(UnaryOperator<byte[]> change) {
    payload = change;
    return this;
  }

  /** Replaces the content of the protected header, before it is signed. */
  public DocumentBuilder protectedHeader(byte[] content) {
    protectedHeader = content.clone();
    return this;
  }

  /** Replaces the unprotected header by another item. */
  public DocumentBuilder unprotectedHeader(byte[] item) {
    return element(Element.UNPROTECTED, empty -> item);
  }

  /** Signs with this key: ES384 if it is an EC key of any curve, RSA (PKCS #1) otherwise. */
  public DocumentBuilder signer(PrivateKey key) {
    return signer(signingWith(key, random));
  }

  /** Signs by this function, from the encoded Sig_structure (RFC 9052, 4.4) to a signature. */
  public DocumentBuilder signer(UnaryOperator<byte[]> newSigner) {
    signer = newSigner;
    return this;
  }

  /** Changes the signature after it was made; {@link Signatures} has the usual changes. */
  public DocumentBuilder signature(UnaryOperator<byte[]> change) {
    signature = change;
    return this;
  }

  /**
   * Replaces how an element of the array is written, after signing: from its content (the map, for
   * the unprotected header) to an item. So the element can be chunked, of another type, or
   * tampered with.
   */
  public DocumentBuilder element(Element element, UnaryOperator<byte[]> encoding) {
    encodings.put(element, encoding);
    return this;
  }

  /**
   * Replaces how the four encoded elements become the document, {@link Cbor#array(List)} if not
   * set: for tags, other arrays and trailing bytes.
   */
  public DocumentBuilder envelope(Function<List<byte[]>, byte[]> newEnvelope) {
    envelope = newEnvelope;
    return this;
  }

  /** Signs and encodes the document. */
  public byte[] build() {
    byte[] signedPayload = payload.apply(encodedPayload());
    byte[] signed = signature.apply(signer.apply(sigStructure(protectedHeader, signedPayload)));
    return envelope.apply(List.of(
        encoded(Element.PROTECTED, protectedHeader),
        encoded(Element.UNPROTECTED, Cbor.map()),
        encoded(Element.PAYLOAD, signedPayload),
        encoded(Element.SIGNATURE, signed)));
  }

  private byte[] encoded(Element element, byte[] content) {
    return Optional.ofNullable(encodings.get(element)).orElseThrow().apply(content);
  }

  private byte[] encodedPayload() {
    byte[][] items = entries.stream()
        .flatMap(entry -> Stream.of(entry.key().get(), entry.value().get()))
        .toArray(byte[][]::new);
    return indefinite ? Cbor.indefiniteMap(items) : Cbor.map(items);
  }

  private byte[] encodedPcrs() {
    return Cbor.map(pcrs.entrySet().stream()
        .flatMap(pcr -> Stream.of(Cbor.integer(pcr.getKey()), Cbor.bytes(pcr.getValue())))
        .toArray(byte[][]::new));
  }

  private static byte[] sigStructure(byte[] protectedHeader, byte[] payload) {
    return Cbor.array(
        Cbor.text("Signature1"),
        Cbor.bytes(protectedHeader),
        Cbor.bytes(new byte[0]),
        Cbor.bytes(payload));
  }

  private static UnaryOperator<byte[]> signingWith(PrivateKey key, SecureRandom random) {
    String name =
        key.getAlgorithm().equals("EC") ? "SHA384withECDSAinP1363Format" : "SHA384withRSA";
    return message -> SignatureAlgorithm.sign(name, key, random, message);
  }
}
