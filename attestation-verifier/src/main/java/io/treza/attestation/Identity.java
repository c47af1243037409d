package io.treza.attestation;

/**
 * Who a document is from, as the certificates' names say.
 *
 * @param instanceId the parent instance
 * @param region where it runs
 */
record Identity(String instanceId, String region) {}
