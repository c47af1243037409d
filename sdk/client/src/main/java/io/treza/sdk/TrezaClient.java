package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A client of the platform's REST API that verifies what it runs. Immutable and thread-safe: build
 * one, keep it, close it at the end.
 *
 * <pre>{@code
 * try (TrezaClient client = TrezaClient.fromEnvironment()) {
 *   Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder("myorg/api:1.2.3")
 *       .name("api")
 *       .description("the public API")
 *       .region("us-east-1")
 *       .build());
 *   VerifiedAttestation attested = client.waitUntilAttested(
 *       enclave.id(), Expectation.measurements(release), Duration.ofMinutes(15));
 * }
 * }</pre>
 *
 * <p>Every method that asks the platform may throw any {@link TrezaException} but those that only
 * the {@code waitUntil} methods and {@link #createEnclave} name. What only reads, and what does no
 * more when it comes twice, is tried again as {@link RetryPolicy} says; what does more is sent again
 * only after the server certainly did nothing.
 */
public final class TrezaClient implements AutoCloseable {
  private final Http http;
  private final Rest rest;
  private final EvidenceCheck evidence;
  private final Duration pollInterval;
  private final Executor executor;
  private final RequestValidation validation;

  TrezaClient(
      Http http,
      Rest rest,
      EvidenceCheck evidence,
      Duration pollInterval,
      Executor executor,
      RequestValidation validation) {
    this.http = http;
    this.rest = rest;
    this.evidence = evidence;
    this.pollInterval = pollInterval;
    this.executor = executor;
    this.validation = validation;
  }

  /** Starts with the hosted platform, AWS's root and the platform as source of evidence. */
  public static TrezaClientBuilder builder() {
    return new TrezaClientBuilder();
  }

  /**
   * A client of the platform at {@code TREZA_PLATFORM_URL} with {@code TREZA_API_KEY}, {@code
   * TREZA_WALLET_ADDRESS} or both.
   *
   * @throws IllegalStateException if the address or both of the others are not set
   */
  public static TrezaClient fromEnvironment() {
    return TrezaClientBuilder.from(System.getenv()).build();
  }

  /**
   * This client with another limit for the time a call may take with all its attempts and pauses.
   * It shares the connections, so closing either closes both.
   */
  public TrezaClient withTimeout(Duration timeout) {
    return new TrezaClient(
        http,
        rest.within(TrezaClientBuilder.positive("timeout", timeout)),
        evidence,
        pollInterval,
        executor,
        validation);
  }

  /**
   * Does something with this client on another thread: {@code client.async(c -> c.getEnclave(id))}.
   * Ending the future before that, by {@code cancel} or {@code orTimeout}, aborts the call.
   */
  public <T> CompletableFuture<T> async(ClientCall<T> call) {
    return Async.run(executor, () -> call.on(this));
  }

  // Enclaves

  /**
   * Asks for a new enclave, and makes sure that there is one: when an answer gets lost, it looks
   * for the enclave among the wallet's before it asks again. To that end the settings get one more,
   * {@code clientToken}, which holds the request's {@link CreateEnclaveRequest#idempotencyKey} or a
   * random key.
   *
   * @return the record, usually {@link EnclaveStatus#PENDING_DEPLOY}
   * @throws TrezaException.InvalidRequest with everything that is wrong with it, if the platform
   *     would refuse it or is known to take it and fail later; nothing was sent
   * @throws TrezaException.CreationUnclear if whether it was created cannot be told
   */
  public Enclave createEnclave(CreateEnclaveRequest request) {
    return validation.create(rest, request);
  }

  /** The platform's record of an enclave. */
  public Enclave getEnclave(String enclaveId) {
    return enclaves().get(enclaveId);
  }

  /** The platform's records of the wallet's enclaves. */
  public List<Enclave> getEnclaves() {
    return enclaves().list();
  }

  /**
   * Changes the record of an enclave.
   *
   * @throws TrezaException.InvalidRequest with everything that is wrong with it; nothing was sent
   */
  public Enclave updateEnclave(UpdateEnclaveRequest request) {
    return validation.update(rest, request);
  }

  /** Asks to stop a deployed enclave so that it can be resumed. */
  public Enclave pauseEnclave(String enclaveId) {
    return performEnclaveAction(enclaveId, EnclaveAction.PAUSE);
  }

  /** Asks to start a paused enclave again. */
  public Enclave resumeEnclave(String enclaveId) {
    return performEnclaveAction(enclaveId, EnclaveAction.RESUME);
  }

  /** Asks to stop a deployed, paused or failed enclave for good. */
  public Enclave terminateEnclave(String enclaveId) {
    return performEnclaveAction(enclaveId, EnclaveAction.TERMINATE);
  }

  /** Asks for one of the three above, or for one a newer platform knows. */
  public Enclave performEnclaveAction(String enclaveId, EnclaveAction action) {
    return enclaves().act(enclaveId, action);
  }

  /** Deletes the record of a destroyed or failed enclave. */
  public void deleteEnclave(String enclaveId) {
    enclaves().delete(enclaveId);
  }

  // Logs

  /** The newest 100 lines of each of an enclave's logs. */
  public EnclaveLogs getEnclaveLogs(String enclaveId) {
    return getEnclaveLogs(enclaveId, LogType.ALL, 100);
  }

  /**
   * The newest lines of an enclave's log.
   *
   * @param limit how many of each kind, at least 1
   */
  public EnclaveLogs getEnclaveLogs(String enclaveId, LogType type, int limit) {
    return enclaves().logs(enclaveId, type, limit);
  }

  /**
   * The lines of an enclave's log, oldest first and each once, and then those that come; the stream
   * waits for them. It ends when the enclave failed or is gone, or when it is closed, also by
   * another thread. What may pass does not end it. More than 1000 lines of a kind between two looks
   * are not all seen.
   *
   * <pre>{@code
   * try (Stream<LogEntry> lines = client.followEnclaveLogs(id, LogType.APPLICATION)) {
   *   lines.forEach(line -> System.out.println(line.message()));
   * }
   * }</pre>
   */
  public Stream<LogEntry> followEnclaveLogs(String enclaveId, LogType type) {
    LogFollow lines = new LogFollow(rest, enclaveId, type, pollInterval);
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(lines, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(lines::close);
  }

  // Attestation: what the platform claims, and what evidence shows

  /** What the platform says about a deployed enclave's attestation. */
  public AttestationClaim getAttestation(String enclaveId) {
    return enclaves().attestation(enclaveId, Optional.empty());
  }

  /** The registers the platform says were measured, in lower-case hex; empty if it says nothing. */
  public SortedMap<Integer, String> getPcrs(String enclaveId) {
    return enclaves().pcrs(enclaveId);
  }

  /** The platform's own verdict in short, which proves nothing. */
  public VerificationClaim getVerificationStatus(String enclaveId) {
    return enclaves().verificationStatus(enclaveId);
  }

  /** The platform's own verdict in full, which proves nothing either. */
  public VerdictClaim requestVerdict(String enclaveId, VerdictRequest request) {
    return enclaves().verdict(enclaveId, request);
  }

  /**
   * Obtains evidence for a fresh nonce of random bytes and verifies it in this process. The
   * platform's verdict is neither asked for nor looked at.
   *
   * @param measurements the accepted releases, from the build that made them
   * @throws AttestationRejectedException if the evidence is refused
   * @throws TrezaException.NoEvidence if there is none
   */
  public VerifiedAttestation verifyAttestation(
      String enclaveId, Expectation.NonceStage measurements) throws AttestationRejectedException {
    return verifyAttestation(enclaveId, measurements, UnaryOperator.identity());
  }

  /**
   * As {@link #verifyAttestation(String, Expectation.NonceStage)}, with more demands.
   *
   * @param more adds to the expectation, for example {@code e -> e.region("eu-west-1")}
   */
  public VerifiedAttestation verifyAttestation(
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more)
      throws AttestationRejectedException {
    return evidence.verify(rest, enclaveId, measurements, more);
  }

  /**
   * The source that {@link #verifyAttestation} asks: the platform, unless another was set. For
   * connections that are to be attested by it.
   */
  public EvidenceSource evidenceSource() {
    return evidence.source(rest);
  }

  // Waiting

  /**
   * Waits until the platform says the enclave is deployed and its evidence verifies.
   *
   * <p>Failures that may pass ({@link TrezaException#isTransient}, a status that changed in
   * between, evidence that nobody signed) are tried again until the deadline. A refusal of
   * genuine evidence is final and thrown at once, for it will not change. An evidence source that
   * has been asked may outlast the deadline by its own timeout.
   *
   * @param measurements the accepted releases, from the build that made them
   * @throws AttestationRejectedException if genuine evidence is refused
   * @throws TrezaException.NotRunning if the enclave failed, was paused or is being destroyed
   * @throws TrezaException.DeadlinePassed if the time is over
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public VerifiedAttestation waitUntilAttested(
      String enclaveId, Expectation.NonceStage measurements, Duration timeout)
      throws AttestationRejectedException, InterruptedException {
    return waitUntilAttested(
        enclaveId, measurements, UnaryOperator.identity(), Wait.atMost(timeout));
  }

  /**
   * As {@link #waitUntilAttested(String, Expectation.NonceStage, Duration)}, with more demands.
   *
   * @param more adds to the expectation, for example {@code e -> e.region("eu-west-1")}
   */
  public VerifiedAttestation waitUntilAttested(
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more,
      Wait wait)
      throws AttestationRejectedException, InterruptedException {
    return waiters()
        .untilAttested(
            enclaveId, wait, within -> evidence.verify(within, enclaveId, measurements, more));
  }

  /**
   * Waits until the platform says the enclave is deployed, which does not yet mean that it runs:
   * {@link #waitUntilAttested} knows. All waiting tries again what may pass, and ends as soon as it
   * is in vain.
   *
   * @throws TrezaException.NotRunning if the enclave failed, was paused or is being destroyed
   * @throws TrezaException.DeadlinePassed if the time is over
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public Enclave waitUntilDeployed(String enclaveId, Wait wait) throws InterruptedException {
    return waiters().untilDeployed(enclaveId, wait);
  }

  /** Waits for {@link #pauseEnclave} to be done, as {@link #waitUntilDeployed} does. */
  public Enclave waitUntilPaused(String enclaveId, Wait wait) throws InterruptedException {
    return waiters().untilPaused(enclaveId, wait);
  }

  /** Waits for {@link #resumeEnclave} to be done, as {@link #waitUntilDeployed} does. */
  public Enclave waitUntilResumed(String enclaveId, Wait wait) throws InterruptedException {
    return waiters().untilResumed(enclaveId, wait);
  }

  /**
   * Waits for {@link #terminateEnclave} to be done, as {@link #waitUntilDeployed} does; it is when
   * there is no record of it either.
   */
  public void waitUntilDestroyed(String enclaveId, Wait wait) throws InterruptedException {
    waiters().untilDestroyed(enclaveId, wait);
  }

  /** Waits until there is no record of it, as {@link #waitUntilDeployed} does. */
  public void waitUntilDeleted(String enclaveId, Wait wait) throws InterruptedException {
    waiters().untilDeleted(enclaveId, wait);
  }

  // Providers, tasks, API keys

  /** Who can run enclaves, and what can be set. */
  public List<Provider> getProviders() {
    return new ProviderApi(rest).list();
  }

  /** One of them. */
  public Provider getProvider(String providerId) {
    return new ProviderApi(rest).get(providerId);
  }

  /** The wallet's tasks. */
  public List<Task> getTasks() {
    return new TaskApi(rest).list(Optional.empty());
  }

  /** The wallet's tasks of one enclave. */
  public List<Task> getTasks(String enclaveId) {
    return new TaskApi(rest).list(Optional.of(enclaveId));
  }

  /** Records a task. */
  public Task createTask(CreateTaskRequest request) {
    return new TaskApi(rest).create(request);
  }

  /** Changes a task. */
  public Task updateTask(UpdateTaskRequest request) {
    return new TaskApi(rest).update(request);
  }

  /** Deletes a task. */
  public void deleteTask(String taskId) {
    new TaskApi(rest).delete(taskId);
  }

  /** The wallet's API keys. */
  public List<ApiKey> getApiKeys() {
    return new ApiKeyApi(rest).list();
  }

  /** Makes an API key; the answer has the key itself. */
  public ApiKey createApiKey(CreateApiKeyRequest request) {
    return new ApiKeyApi(rest).create(request);
  }

  /** Changes what is recorded of an API key. */
  public ApiKey updateApiKey(UpdateApiKeyRequest request) {
    return new ApiKeyApi(rest).update(request);
  }

  /** Deletes an API key. */
  public void deleteApiKey(String apiKeyId) {
    new ApiKeyApi(rest).delete(apiKeyId);
  }

  // What the platform passes on

  /**
   * Where to send a person to let the platform read GitHub repositories.
   *
   * @param state unguessable; to be compared when the person comes back
   */
  public GitHub.Authorization getGitHubAuthUrl(String state) {
    return relayed().gitHubAuthorization(state);
  }

  /** Exchanges the code the person came back with. */
  public GitHub.Token exchangeGitHubCode(String code, String state) {
    return relayed().gitHubToken(code, state);
  }

  /** The repositories a token reads, 100 at most. */
  public List<GitHub.Repository> getGitHubRepositories(Secret accessToken) {
    return relayed().gitHubRepositories(accessToken);
  }

  /** The branches of {@code owner/name}, 30 at most. */
  public List<GitHub.Branch> getRepositoryBranches(Secret accessToken, String repository) {
    return relayed().gitHubBranches(accessToken, repository);
  }

  /** Images on Docker Hub. */
  public List<DockerHub.Image> searchDockerImages(String query) {
    return relayed().dockerImages(query);
  }

  /** The tags of an image on Docker Hub, for example {@code library/nginx}. */
  public List<DockerHub.Tag> getDockerTags(String repository) {
    return relayed().dockerTags(repository);
  }

  /** Replaces what is personal in a text. */
  public Redaction.Text redactText(String text) {
    return relayed().redact(text);
  }

  /**
   * Sends a chat to a model without what is personal in it.
   *
   * @param request as the model's API wants it, with {@code messages}
   */
  public Redaction.Chat redactChatCompletions(
      Map<String, Object> request, Redaction.ChatOptions options) {
    return relayed().chat(request, options);
  }

  /** The log of redactions. */
  public List<Redaction.LogEntry> getRedactionLog(OptionalInt limit, Optional<Instant> since) {
    return relayed().redactionLog(limit, since);
  }

  /** What the redaction service says of the enclave it runs in. */
  public Redaction.Claim getRedactionAttestation() {
    return relayed().redactionClaim();
  }

  /** Sends any other request, with the same credentials, limits and failures. */
  public ApiAnswer request(ApiRequest request) {
    return rest.answer(request);
  }

  private EnclaveApi enclaves() {
    return new EnclaveApi(rest);
  }

  private RelayedApi relayed() {
    return new RelayedApi(rest);
  }

  private Waiters waiters() {
    return new Waiters(rest, pollInterval);
  }

  /** Aborts what is under way and lets go of the connections. Calls after it fail. */
  @Override
  public void close() {
    http.close();
  }

  /** The address it talks to; never credentials. */
  @Override
  public String toString() {
    return "TrezaClient[" + rest + "]";
  }
}
