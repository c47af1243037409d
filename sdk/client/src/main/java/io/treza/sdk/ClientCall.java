package io.treza.sdk;

/** Something to do with a client, for {@link TrezaClient#async}. */
@FunctionalInterface
public interface ClientCall<T> {
  /** Does it; whatever it throws, the future ends with. */
  T on(TrezaClient client) throws Exception;
}
