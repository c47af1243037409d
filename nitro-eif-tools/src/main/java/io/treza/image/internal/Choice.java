package io.treza.image.internal;

import io.treza.image.ImageException;
import io.treza.image.RegistryReference;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Chooses the one image wanted, by platform and tag, and says what there was if it cannot. */
public final class Choice {
  private final Optional<String> architecture;
  private final Optional<String> tag;
  private final Map<Digest, Candidate> candidates = new LinkedHashMap<>();
  private final Set<String> platforms = new LinkedHashSet<>();
  private final Set<String> names = new LinkedHashSet<>();

  /**
   * Says what is wanted.
   *
   * @param architecture in Go's words; needed if there are images for several
   * @param tag a tag or image name; needed if there are images of several
   */
  public Choice(Optional<String> architecture, Optional<String> tag) {
    this.architecture = architecture;
    this.tag = tag;
  }

  /** Whether an image for {@code platform}, an object with these two members, may be the one. */
  boolean isFor(Json platform) throws ImageException {
    String os = platform.get("os").string();
    String processor = platform.get("architecture").string();
    platforms.add(os + "/" + processor);
    // BuildKit's attestations say unknown/unknown.
    return os.equals("linux") && architecture.map(processor::equals).orElse(true);
  }

  /** Whether an image of these names may be the one. */
  boolean isCalled(Collection<String> called) {
    names.addAll(called);
    return tag.isEmpty() || called.stream().anyMatch(name -> same(name, tag.get()));
  }

  private static boolean same(String name, String wanted) {
    if (name.equals(wanted)) {
      return true;
    }
    try {
      return RegistryReference.parse(name).equals(RegistryReference.parse(wanted));
    } catch (IllegalArgumentException e) {
      return false; // a tag need not be a name
    }
  }

  void offer(Candidate candidate) {
    candidates.put(candidate.identity(), candidate);
  }

  /** The one image. */
  Candidate only(String origin) throws ImageException {
    if (candidates.size() == 1) {
      return candidates.values().iterator().next();
    }
    throw new ImageException(origin
        + ": "
        + candidates.size()
        + " images for linux"
        + architecture.map(a -> "/" + a).orElse("")
        + tag.map(t -> " called " + t).orElse("")
        + ", of platforms "
        + platforms
        + (names.isEmpty() ? "" : " and names " + List.copyOf(names))
        + "; say which by platform or tag");
  }
}
