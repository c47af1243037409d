package io.treza.samples.serviceimage;

import io.treza.attestation.VerifiedAttestation;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.Ingress;
import java.io.IOException;
import java.nio.file.Path;

/** Boots both enclaves in QEMU and places an order, as a client who believes no one but them. */
public final class FirstOrder {
  private FirstOrder() {}

  /**
   * Runs.
   *
   * @param arguments the directory that {@code samples/service/run} has filled
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (Emulation emulation = new Emulation(Path.of(arguments[0]), line -> {
      if (line.contains(": ready") || line.contains("FAILED")) {
        System.out.println(line);
      }
    })) {
      EmulatedEnclave keeper = emulation.boot("keeper");
      EmulatedEnclave orders = emulation.boot("orders");
      emulation.start(emulation.egress(keeper));
      Ingress keeperPort = emulation.offer(keeper);
      emulation.start(emulation
          .egress(orders)
          .allow(EgressRule.parse(ServiceImages.KEEPER))
          .resolve(ServiceImages.KEEPER, keeperPort.address()));
      Ingress ordersPort = emulation.offer(orders);
      keeper.awaitReady();
      orders.awaitReady();
      try (Client owner = emulation.client("keeper", keeperPort.address());
          Client client = emulation.client("orders", ordersPort.address())) {
        System.out.println(owner.bring(emulation.signedReleases("orders")).text());
        System.out.println(client.bring(emulation.signedReleases("keeper")).text());
        System.out.println(client.order("one bicycle").text());
        for (VerifiedAttestation attestation : client.http().attestations()) {
          System.out.println("verified: " + attestation);
        }
      }
    }
  }
}
