package io.treza.publish;

import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The order in which one set of releases takes another's place, so that at every moment each running
 * enclave is trusted, and none for longer than it runs.
 *
 * @param before what is in service, revoked releases left out
 * @param after what will be
 */
public record Rollout(List<Release> before, List<Release> after) {
  /** A step; each begins when the one before is done everywhere. */
  public enum Step {
    /** Relying parties learn the new releases before there is an enclave of them. */
    PUBLISH_BOTH,
    /** Keys open to the new releases as well. */
    WIDEN,
    /** Enclaves of the new releases start. */
    DEPLOY,
    /** Those of the old ones end. */
    DRAIN,
    /** Relying parties stop trusting the old releases. */
    PUBLISH_NEW,
    /** And so do keys. */
    NARROW
  }

  public Rollout {
    before = accepted(before);
    after = accepted(after);
    if (after.isEmpty()) {
      throw new IllegalArgumentException("nothing would be left in service; name a release");
    }
  }

  /** From one file of reference values to its successor. */
  public static Rollout between(ReferenceValues before, ReferenceValues after) {
    return new Rollout(before.releases(), after.releases());
  }

  /** Those that relying parties accept: what is revoked under one name is under every other. */
  static List<Release> accepted(Collection<Release> releases) {
    List<Release> revoked =
        releases.stream().filter(r -> r.status() == ReleaseStatus.REVOKED).toList();
    return releases.stream()
        .filter(r -> revoked.stream()
            .noneMatch(no -> no.measurements().matches(r.measurements().pcrs())))
        .toList();
  }

  /** What is trusted while both run: the old releases, then those that are new. */
  public List<Release> both() {
    return Stream.concat(
            before.stream(),
            after.stream().filter(a -> before.stream().noneMatch(b -> pcr0(b).equals(pcr0(a)))))
        .toList();
  }

  /** What is in service before and not after. */
  public List<Release> leaving() {
    return before.stream()
        .filter(b -> after.stream().noneMatch(a -> pcr0(a).equals(pcr0(b))))
        .toList();
  }

  /** What is in service after and not before. */
  public List<Release> arriving() {
    return after.stream()
        .filter(a -> before.stream().noneMatch(b -> pcr0(b).equals(pcr0(a))))
        .toList();
  }

  /**
   * The step at which a key's policy shows the rollout to be: the next one that has to do with the
   * policy.
   *
   * @param policy a key policy in JSON
   * @return {@link Step#WIDEN} while it lets in the old releases only, {@link Step#NARROW} while it
   *     lets in both; empty once it lets in the new ones only
   * @throws IllegalArgumentException if it is no policy, or lets in something else
   */
  public Optional<Step> next(byte[] policy) {
    SortedSet<String> images = KmsPolicyCheck.acceptedImages(policy);
    if (images.equals(images(after))) {
      return Optional.empty();
    } else if (images.equals(images(both()))) {
      return Optional.of(Step.NARROW);
    } else if (images.equals(images(before))) {
      return Optional.of(Step.WIDEN);
    }
    throw new IllegalArgumentException("the policy lets in neither the old releases, nor both, nor"
        + " the new ones, but PCR0 " + images);
  }

  private static SortedSet<String> images(List<Release> releases) {
    SortedSet<String> images = new TreeSet<>();
    releases.forEach(r -> images.add(pcr0(r)));
    return images;
  }

  static String pcr0(Release release) {
    PcrValue value = release.measurements().pcrs().get(0);
    return KmsPolicyCheck.hex(Objects.requireNonNull(value, "a release states PCR0"));
  }
}
