package io.treza.samples.benchmark;

import java.io.Serial;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SignatureSpi;
import java.security.spec.KeySpec;
import java.security.spec.X509EncodedKeySpec;

/**
 * A provider that takes every signature for good at no cost, so that what is left of verifying is
 * everything but cryptography. For measuring only: it secures nothing.
 */
final class WithoutSignatures extends Provider {
  @Serial
  private static final long serialVersionUID = 1L;

  WithoutSignatures() {
    super("WithoutSignatures", "1", "Accepts every signature, for measuring");
    putService(service("KeyFactory", "EC", Keys.class));
    putService(service("Signature", "SHA384withECDSA", Anything.class));
  }

  private Service service(String type, String algorithm, Class<?> implementation) {
    return new Service(this, type, algorithm, implementation.getName(), null, null);
  }

  private record EncodedKey(byte[] encoded) implements PublicKey {
    @Override
    public String getAlgorithm() {
      return "EC";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return encoded.clone();
    }
  }

  /** Wraps encoded keys unread. Public since {@link Provider} makes it by name. */
  public static final class Keys extends KeyFactorySpi {
    /** For {@link Provider}. */
    public Keys() {}

    @Override
    protected PublicKey engineGeneratePublic(KeySpec spec) {
      return new EncodedKey(((X509EncodedKeySpec) spec).getEncoded());
    }

    @Override
    protected PrivateKey engineGeneratePrivate(KeySpec spec) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected Key engineTranslateKey(Key key) {
      throw new UnsupportedOperationException();
    }
  }

  /** Says yes. Public since {@link Provider} makes it by name. */
  public static final class Anything extends SignatureSpi {
    /** For {@link Provider}. */
    public Anything() {}

    @Override
    protected void engineInitVerify(PublicKey key) {}

    @Override
    protected void engineUpdate(byte one) {}

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) {}

    @Override
    protected boolean engineVerify(byte[] signature) {
      return true;
    }

    @Override
    protected void engineInitSign(PrivateKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected byte[] engineSign() {
      throw new UnsupportedOperationException();
    }

    @Deprecated
    @Override
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Deprecated
    @Override
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }
}
