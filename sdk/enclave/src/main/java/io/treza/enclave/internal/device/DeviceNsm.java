package io.treza.enclave.internal.device;

import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.PcrState;
import io.treza.enclave.internal.Fields;
import java.nio.file.Path;
import java.util.HexFormat;

/** The NSM through its device; what is registered is kept here. */
public final class DeviceNsm implements Nsm {
  private static final byte[] NONE = {};

  private final NsmDevice device;
  private volatile Registration registered = new Registration(NONE, NONE);

  DeviceNsm(NsmDevice device) {
    this.device = device;
  }

  private record Registration(byte[] publicKey, byte[] userData) {}

  /**
   * Opens the device.
   *
   * @throws NsmException if this Java runtime cannot, or there is none
   */
  public static Nsm open(Path device) throws NsmException {
    return new DeviceNsm(IoctlDevice.open(device));
  }

  @Override
  public void register(byte[] publicKey, byte[] userData) {
    Fields.require(NONE, publicKey, userData);
    registered = new Registration(publicKey.clone(), userData.clone());
  }

  @Override
  public byte[] attest(byte[] nonce) throws NsmException {
    Registration now = registered;
    return attest(nonce, now.publicKey(), now.userData());
  }

  @Override
  public byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) throws NsmException {
    Fields.require(nonce, publicKey, userData);
    return NsmMessages.document(
        device.exchange(NsmMessages.attestation(nonce, publicKey, userData)));
  }

  @Override
  public byte[] random() throws NsmException {
    return NsmMessages.random(device.exchange(NsmMessages.getRandom()));
  }

  @Override
  public PcrState describePcr(int index) throws NsmException {
    Fields.requirePcr(index);
    return NsmMessages.pcrState(device.exchange(NsmMessages.describePcr(index)));
  }

  @Override
  public String extendPcr(int index, byte[] data) throws NsmException {
    Fields.requireFreePcr(index);
    Fields.requireMeasurable(data);
    return HexFormat.of()
        .formatHex(NsmMessages.extended(device.exchange(NsmMessages.extendPcr(index, data))));
  }

  @Override
  public void lockPcr(int index) throws NsmException {
    Fields.requireFreePcr(index);
    NsmMessages.locked(device.exchange(NsmMessages.lockPcr(index)));
  }

  @Override
  public void close() {
    device.close();
  }

  /** The way. */
  @Override
  public String toString() {
    return "Nsm[" + device + "]";
  }
}
