package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.VerifiedReferenceValues;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who hears of refreshed reference values when nobody else was named: the log. */
final class LoggedRefreshes implements RefreshListener {
  private static final Logger LOG = LoggerFactory.getLogger(RefreshingReferenceValues.class);

  @Override
  public void accepted(VerifiedReferenceValues values) {
    LOG.debug("Reference values: {}, signed by {}", values.values(), values.signer());
  }

  @Override
  public void failed(ReferenceValuesException why) {
    LOG.warn("Reference values could not be refreshed; those before stay in force", why);
  }
}
