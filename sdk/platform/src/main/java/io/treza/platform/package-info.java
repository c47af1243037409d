/**
 * The platform's REST API served from one's own machine, over enclaves that an {@link
 * io.treza.platform.EnclaveBackend} runs, with the attestation documents that the hosted platform
 * does not hand out.
 */
@NullMarked
package io.treza.platform;

import org.jspecify.annotations.NullMarked;
