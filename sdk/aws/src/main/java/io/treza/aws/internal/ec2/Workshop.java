package io.treza.aws.internal.ec2;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.TrustAnchor;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveImage;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all launches of a backend have in common.
 *
 * @param architecture the processor of the kernel that images are built with
 * @param images makes enclave images
 * @param channels carries enclaves' channels; empty if this build has no program for it
 * @param directory where they are made
 * @param anchor the root that their documents chain to
 * @param clock judges documents
 * @param timer reads consoles now and then
 */
public record Workshop(
    AwsClients aws,
    Settings settings,
    Patience patience,
    Architecture architecture,
    ImageMaker images,
    Optional<ChannelProgram> channels,
    Path directory,
    TrustAnchor anchor,
    InstantSource clock,
    ScheduledExecutorService timer) {
  /** Makes an enclave image of a container image. */
  @FunctionalInterface
  public interface ImageMaker {
    /**
     * Builds and measures.
     *
     * @param request whose image, which must have the channels that it asks for
     * @param eif where to
     */
    EnclaveImage build(LaunchRequest request, Path eif) throws IOException;
  }

  ParentInstance instances() {
    return new ParentInstance(aws, settings, patience);
  }

  Ingress ingress() {
    return new Ingress(aws, settings);
  }

  ParentCommands commands() {
    return new ParentCommands(aws, patience, instances());
  }

  ParentDocument documents() {
    return new ParentDocument(aws, settings);
  }

  ImageBucket bucket() {
    return new ImageBucket(aws, settings);
  }

  AttestationVerifier verifier() {
    return AttestationVerifier.builder().trustAnchors(anchor).clock(clock).build();
  }
}
