package io.treza.enclave.internal.agent;

import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.PcrState;
import io.treza.enclave.internal.Fields;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/** The NSM through the agent: waits out its rate limit, and says what each refusal means. */
public final class AgentNsm implements Nsm {
  /** Doubled each time; with {@link #ATTEMPTS}, three seconds in all. */
  private static final long FIRST_PAUSE_MILLIS = 25;

  private static final int ATTEMPTS = 8;

  private final Path socket;
  private final AgentConnection connection;

  private AgentNsm(Path socket) {
    this.socket = socket;
    this.connection = new AgentConnection(socket);
  }

  /**
   * Connects.
   *
   * @throws NsmException if nothing answers
   */
  public static Nsm open(Path socket) throws NsmException {
    AgentNsm nsm = new AgentNsm(socket);
    try {
      nsm.connection.open();
    } catch (NsmException e) {
      nsm.close();
      throw e;
    }
    return nsm;
  }

  @Override
  public void register(byte[] publicKey, byte[] userData) throws NsmException {
    Fields.require(new byte[0], publicKey, userData);
    ask(Frame.register(publicKey, userData));
  }

  @Override
  public byte[] attest(byte[] nonce) throws NsmException {
    Fields.require(nonce, new byte[0], new byte[0]);
    return ask(Frame.attest(nonce));
  }

  @Override
  public byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) throws NsmException {
    Fields.require(nonce, publicKey, userData);
    return ask(Frame.attestWith(nonce, publicKey, userData));
  }

  @Override
  public byte[] random() throws NsmException {
    return ask(Frame.random());
  }

  @Override
  public PcrState describePcr(int index) throws NsmException {
    Fields.requirePcr(index);
    byte[] content = ask(Frame.describe(index));
    if (content.length < 2 || content[0] < 0 || content[0] > 1) {
      throw new NsmException(Problem.PROTOCOL, "the agent's answer describes no PCR");
    }
    return new PcrState(
        HexFormat.of().formatHex(Arrays.copyOfRange(content, 1, content.length)), content[0] == 1);
  }

  @Override
  public String extendPcr(int index, byte[] data) throws NsmException {
    Fields.requireFreePcr(index);
    Fields.requireMeasurable(data);
    return HexFormat.of().formatHex(ask(Frame.extend(index, data)));
  }

  @Override
  public void lockPcr(int index) throws NsmException {
    Fields.requireFreePcr(index);
    ask(Frame.lock(index));
  }

  @Override
  public void close() {
    connection.close();
  }

  /** The socket. */
  @Override
  public String toString() {
    return "Nsm[agent at " + socket + "]";
  }

  private byte[] ask(Frame frame) throws NsmException {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      Answer answer = connection.ask(frame);
      if (answer.status() == Answer.OK) {
        return answer.content();
      }
      if (answer.status() != Answer.TRY_LATER || attempt == ATTEMPTS) {
        throw refusal(frame.kind(), answer.status());
      }
      sleep(pause);
      pause *= 2;
    }
  }

  private static void sleep(long millis) throws NsmException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NsmException(
          Problem.INTERRUPTED, "interrupted while waiting for the agent's rate limit", e);
    }
  }

  private static NsmException refusal(Frame.Kind kind, int status) {
    return switch (status) {
      case Answer.TRY_LATER ->
        new NsmException(
            Problem.BUSY, "the agent allows no more requests now; ask less often, or try later");
      case Answer.NSM_FAILED ->
        new NsmException(Problem.REFUSED, "the NSM refused, or did not answer: " + kind);
      case Answer.NOT_HOLDER -> notHolder(kind);
      case Answer.NOT_WORKLOAD ->
        new NsmException(
            Problem.NOT_WORKLOAD,
            "the agent answers the image's USER only; run this program as that user");
      default ->
        new NsmException(
            Problem.PROTOCOL,
            "the agent did not understand " + kind + " (status " + status
                + "): is it of another version?");
    };
  }

  private static NsmException notHolder(Frame.Kind kind) {
    String message = kind == Frame.Kind.REGISTER
        ? "somebody else in this enclave registered first, or a holder has hung up; end this"
            + " program, and restart the enclave with only one program that registers"
        : kind + " is for the holder only: call register on this Nsm first";
    return new NsmException(Problem.NOT_HOLDER, message);
  }
}
