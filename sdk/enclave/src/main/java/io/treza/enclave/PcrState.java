package io.treza.enclave;

/**
 * What the NSM says about one register.
 *
 * @param value 96 lower-case hex digits: SHA-384
 * @param locked whether it can be extended no more
 */
public record PcrState(String value, boolean locked) {}
