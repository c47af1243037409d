package io.treza.audit.internal.image;

import io.treza.audit.internal.SecretPatterns.SecretFile;
import java.util.Optional;

/**
 * A file of any layer that has, or by its name may have, a secret; or that was too much to look at.
 *
 * @param named what its name says
 * @param scan what its content says
 */
record FoundSecret(SurveyedFile file, Optional<SecretFile> named, SecretScanner.Scan scan) {}
