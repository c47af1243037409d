package io.treza.eif;

import io.treza.attestation.reference.Signer;
import io.treza.eif.internal.EcAlgorithm;
import io.treza.eif.internal.EifLayout;
import io.treza.eif.internal.EifWriter;
import io.treza.eif.internal.Pem;
import io.treza.eif.internal.SignatureSection;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Signs EIFs with one key and certificate, as {@code nitro-cli sign-eif} does, replacing any
 * signature and writing every size anew.
 *
 * <p>The signature is over the measured PCR0, is checked with the certificate before anything is
 * written, and is the same every time if the signer is deterministic.
 */
public final class EifSigner {
  // Broken by a signature alone, and mended by replacing it.
  private static final Set<EifRule> OF_SIGNATURES =
      EnumSet.of(EifRule.SIGNATURE_COUNT, EifRule.SIGNATURE_SIZE);

  private final Signer signer;
  private final EcAlgorithm algorithm;
  private final byte[] pem;
  private final X509Certificate certificate;

  private EifSigner(Signer signer, EcAlgorithm algorithm, byte[] pem, X509Certificate certificate) {
    this.signer = signer;
    this.algorithm = algorithm;
    this.pem = pem;
    this.certificate = certificate;
  }

  /**
   * Pairs a key with its certificate.
   *
   * @param certificate a PEM file with the signing certificate and nothing after it; it goes into
   *     the EIF as it is
   * @throws EifException if it is no certificate, of another key, or of a kind EIFs are not signed
   *     with
   * @throws IOException if it cannot be read
   */
  public static EifSigner of(Signer signer, Path certificate) throws IOException {
    byte[] pem;
    try (InputStream in = Content.of(certificate).open()) {
      pem = in.readNBytes(EifLayout.MAX_SIGNATURE_BYTES);
    }
    X509Certificate parsed = certificate(certificate, pem);
    PublicKey key = parsed.getPublicKey();
    EcAlgorithm algorithm = EcAlgorithm.of(key)
        .orElseThrow(() -> new EifException(
            certificate + ": EIFs are signed with keys on P-256, P-384 or P-521, not "
                + key.getAlgorithm() + "; make such a certificate"));
    if (algorithm.algorithm() != signer.algorithm() || !key.equals(signer.publicKey())) {
      throw new EifException(
          certificate + ": the certificate is not of the private key; name the one that is");
    }
    return new EifSigner(signer, algorithm, pem, parsed);
  }

  /**
   * Pairs a certificate with a signature that was made elsewhere, over {@link #toBeSigned}.
   *
   * @param signature R and S one after the other, or DER
   * @throws EifException as {@link #of} does
   * @throws IOException if the certificate cannot be read
   */
  public static EifSigner detached(Path certificate, byte[] signature) throws IOException {
    X509Certificate parsed = readCertificate(certificate);
    EcAlgorithm algorithm = EcAlgorithm.of(parsed.getPublicKey()).orElse(EcAlgorithm.ES384);
    byte[] copy = algorithm.fromDer(signature).orElse(signature.clone());
    return of(new MadeElsewhere(algorithm.algorithm(), parsed.getPublicKey(), copy), certificate);
  }

  private record MadeElsewhere(Algorithm algorithm, PublicKey publicKey, byte[] signature)
      implements Signer {
    @Override
    public byte[] sign(byte[] message) {
      return signature.clone();
    }
  }

  /**
   * The first certificate of a PEM file, which is the one that PCR8 measures.
   *
   * @throws EifException if there is none
   * @throws IOException if the file cannot be read
   */
  public static X509Certificate readCertificate(Path pem) throws IOException {
    try (InputStream in = Content.of(pem).open()) {
      return certificate(pem, in.readNBytes(EifLayout.MAX_SIGNATURE_BYTES));
    }
  }

  private static X509Certificate certificate(Path file, byte[] pem) throws EifException {
    try {
      return Pem.certificates(pem).get(0);
    } catch (IOException e) {
      throw new EifException(
          file + ": " + e.getMessage() + "; name the PEM file of the signing certificate", e);
    }
  }

  /**
   * The message to sign for an EIF, for a key that is used elsewhere: COSE's Sig_structure. It is
   * hashed as the algorithm says, for example by {@code openssl dgst -sha384 -sign}.
   *
   * @param certificate of the key, which determines the algorithm
   * @throws EifException if the EIF cannot be signed, or not with such a key
   */
  public static byte[] toBeSigned(EifFile eif, X509Certificate certificate) throws EifException {
    EcAlgorithm algorithm = EcAlgorithm.of(certificate.getPublicKey())
        .orElseThrow(
            () -> new EifException("EIFs are signed with keys on P-256, P-384 or P-521; use one"));
    return SignatureSection.toBeSigned(algorithm, signable(eif).pcr(0));
  }

  /**
   * Writes {@code eif} with this signature and no other to {@code target}, which may be the same
   * file.
   *
   * @throws EifException if the EIF breaks a rule beyond its signature, or the signature made is
   *     not one by the certificate's key
   * @throws IOException if a file cannot be read or written; {@code target} is then as it was
   */
  public EifMeasurements sign(EifFile eif, Path target) throws IOException {
    EifMeasurements measured = signable(eif);
    if (eif.header().version() < 3) {
      throw new EifException(eif.path() + ": version " + eif.header().version()
          + " has no room for a signature; build the file again");
    }
    return write(new EifWriter(eif.header(), unsigned(eif)), measured, target);
  }

  /**
   * Writes {@code eif} without its signature to {@code target}, which may be the same file.
   *
   * @throws EifException if the EIF breaks a rule beyond its signature
   * @throws IOException if a file cannot be read or written; {@code target} is then as it was
   */
  public static EifMeasurements remove(EifFile eif, Path target) throws IOException {
    EifMeasurements measured = signable(eif);
    return new EifWriter(eif.header(), unsigned(eif))
        .write(target, written -> requireSame(measured, written));
  }

  /** The registers of an image once signed. */
  EifMeasurements measured(EifMeasurements unsigned) {
    return unsigned.withPcr8(EifMeasurements.pcr8(certificate));
  }

  /** Writes an image and its signature; {@code measured} is what the image was found to measure. */
  EifMeasurements write(EifWriter image, EifMeasurements measured, Path target) throws IOException {
    byte[] section;
    try {
      byte[] signature = signer.sign(SignatureSection.toBeSigned(algorithm, measured.pcr(0)));
      section = SignatureSection.encode(pem, algorithm, measured.pcr(0), signature);
    } catch (SignatureException e) {
      throw new EifException("signing failed: " + e.getMessage() + "; nothing was written", e);
    }
    if (section.length > EifLayout.MAX_SIGNATURE_BYTES) {
      throw new EifException("signature of " + section.length + " bytes where the hypervisor takes"
          + " 32768; sign with the signing certificate alone");
    }
    if (!(SignatureSection.check(section, Optional.of(measured)) instanceof SignatureCheck.Valid)) {
      throw new EifException("the signature made is not one over PCR0 "
          + HexFormat.of().formatHex(measured.pcr(0)) + " by the key of the certificate; nothing"
          + " was written");
    }
    List<EifWriter.Section> sections = new ArrayList<>(image.sections());
    sections.add(new EifWriter.Section(EifSection.Type.SIGNATURE, Content.of(section)));
    EifMeasurements unsigned = new EifWriter(image.fields(), sections)
        .write(target, written -> requireSame(measured, written));
    return measured(unsigned);
  }

  private static void requireSame(EifMeasurements before, EifMeasurements written)
      throws IOException {
    if (!before.pcr0().equals(written.pcr0())) {
      throw new IOException("the image changed while it was signed; nothing was written");
    }
  }

  private static EifMeasurements signable(EifFile eif) throws EifException {
    for (EifFinding violation : eif.violations()) {
      if (violation.rule().severity() == EifRule.Severity.ERROR && !isOfSignature(eif, violation)) {
        throw new EifException(eif.path().toString(), violation);
      }
    }
    return eif.measurements()
        .orElseThrow(() -> new EifException(eif.path() + ": cannot be measured; build it again"));
  }

  /** Whether replacing the signature mends it: also the old size that AWS leaves in the table. */
  private static boolean isOfSignature(EifFile eif, EifFinding violation) {
    return OF_SIGNATURES.contains(violation.rule())
        || (violation.rule() == EifRule.SECTION_SIZE
            && eif.sections().stream()
                .filter(s -> s.size() != s.tableSize())
                .allMatch(s -> s.type() == EifSection.Type.SIGNATURE));
  }

  private static List<EifWriter.Section> unsigned(EifFile eif) {
    return eif.sections().stream()
        .filter(s -> s.type() != EifSection.Type.SIGNATURE)
        .map(s -> new EifWriter.Section(s.type(), eif.content(s)))
        .toList();
  }
}
