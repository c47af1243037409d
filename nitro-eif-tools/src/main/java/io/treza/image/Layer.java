package io.treza.image;

/**
 * One layer of an image, uncompressed.
 *
 * @param diffId digest of {@code tar} as the configuration states it, and as was verified
 * @param tar the layer's archive
 */
public record Layer(String diffId, Content tar) {}
