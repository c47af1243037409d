package io.treza.attestation;

import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyFactorySpi;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.SignatureSpi;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A provider that says yes to so many signatures and then breaks down. */
final class FailingProvider extends Provider {
  private static final long serialVersionUID = 1L;

  private final transient AtomicInteger left;

  FailingProvider(int answers) {
    super("Failing", "1", "for tests");
    left = new AtomicInteger(answers);
    putService(service("KeyFactory", "EC"));
    putService(service("Signature", "SHA384withECDSA"));
  }

  private Provider.Service service(String type, String algorithm) {
    return new Provider.Service(this, type, algorithm, "none", List.of(), Map.of()) {
      @Override
      public Object newInstance(Object parameter) {
        return type.equals("KeyFactory") ? new Keys() : new Breaking(left);
      }

      @Override
      public boolean supportsParameter(Object parameter) {
        return true;
      }
    };
  }

  private static final class Breaking extends SignatureSpi {
    private final AtomicInteger left;

    Breaking(AtomicInteger left) {
      this.left = left;
    }

    @Override
    protected boolean engineVerify(byte[] signature) {
      if (left.getAndDecrement() <= 0) {
        throw new ProviderException("the device is gone");
      }
      return true;
    }

    @Override
    protected void engineInitVerify(PublicKey key) {}

    @Override
    protected void engineUpdate(byte b) {}

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) {}

    @Override
    protected void engineInitSign(PrivateKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected byte[] engineSign() {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Keys extends KeyFactorySpi {
    @Override
    protected PublicKey engineGeneratePublic(KeySpec spec) throws InvalidKeySpecException {
      try {
        return KeyFactory.getInstance("EC").generatePublic(spec);
      } catch (NoSuchAlgorithmException e) {
        throw new InvalidKeySpecException(e);
      }
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
    protected Key engineTranslateKey(Key key) throws InvalidKeyException {
      throw new UnsupportedOperationException();
    }
  }
}
