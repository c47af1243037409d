package io.treza.aws.eks.internal.backend;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.TrustAnchor;
import io.treza.aws.eks.EnclaveCluster;
import java.time.InstantSource;

/** What all launches of a backend work with. */
public final class Workshop implements AutoCloseable {
  private final EnclaveCluster cluster;
  private final Settings settings;
  private final PodImages images;
  private final Memory memory;
  private final TrustAnchor anchor;
  private final Gates gates;

  /**
   * Of a cluster; it is asked nothing yet.
   *
   * @param anchor the root that documents chain to
   * @param clock judges documents
   */
  public Workshop(
      EnclaveCluster cluster,
      Settings settings,
      PodImages images,
      Memory memory,
      TrustAnchor anchor,
      InstantSource clock) {
    this.cluster = cluster;
    this.settings = settings;
    this.images = images;
    this.memory = memory;
    this.anchor = anchor;
    this.gates = new Gates(
        cluster,
        AttestationVerifier.builder().trustAnchors(anchor).clock(clock).build(),
        memory,
        settings);
  }

  EnclaveCluster cluster() {
    return cluster;
  }

  /** What all enclaves have in common. */
  public Settings settings() {
    return settings;
  }

  PodImages images() {
    return images;
  }

  Memory memory() {
    return memory;
  }

  /** The root that documents chain to. */
  public TrustAnchor anchor() {
    return anchor;
  }

  Gates gates() {
    return gates;
  }

  /** Ends the watch over gates, and the connection. Enclaves go on. */
  @Override
  public void close() {
    gates.close();
    cluster.close();
  }
}
