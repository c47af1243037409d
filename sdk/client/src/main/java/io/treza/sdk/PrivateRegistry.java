package io.treza.sdk;

/**
 * Where the platform is to pull a private image, and as whom.
 *
 * @param url for example {@code https://registry.example}
 * @param username the account
 * @param password its password or token
 */
public record PrivateRegistry(String url, String username, Secret password) {}
