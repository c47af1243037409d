package io.treza.enclave.internal.device;

import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.nsm.Module;
import java.util.Optional;

/** A device with a simulated NSM behind it, in place of the one that an ioctl reaches. */
public final class ModuleDevice implements NsmDevice {
  private final Module module;
  private volatile Optional<byte[]> answer = Optional.empty();
  private volatile Event before = () -> {};

  public ModuleDevice(Module module) {
    this.module = module;
  }

  /** The way to it. */
  public Nsm nsm() {
    return new DeviceNsm(this);
  }

  /** Answers with this from now on. */
  ModuleDevice answering(byte[] bytes) {
    answer = Optional.of(bytes);
    return this;
  }

  /** What happens before an answer. */
  @FunctionalInterface
  public interface Event {
    void happen() throws NsmException, InterruptedException;
  }

  /** Has this happen before every answer from now on. */
  public void before(Event event) {
    before = event;
  }

  @Override
  public byte[] exchange(byte[] request) throws NsmException {
    try {
      before.happen();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return answer.isPresent() ? answer.get() : module.exchange(request);
  }

  @Override
  public void close() {}
}
