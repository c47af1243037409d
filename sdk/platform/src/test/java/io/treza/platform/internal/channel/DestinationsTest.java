package io.treza.platform.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.channel.EgressRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a name may mean. */
class DestinationsTest {
  private static final Destinations PUBLIC_ONLY = new Destinations(List.of(), Map.of(), false);
  private static final Destinations PRIVATE_TOO = new Destinations(List.of(), Map.of(), true);

  private static boolean reaches(Destinations destinations, String address) throws Exception {
    InetAddress literal = InetAddress.getByName(address);
    return destinations
        .reachable(List.of(literal), 443)
        .equals(List.of(new InetSocketAddress(literal, 443)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2600::1",
        "64:ff9b::101:101",
        "2002:101:101::"
      })
  void publicAddressesAreReached(String address) throws Exception {
    assertTrue(reaches(PUBLIC_ONLY, address));
    assertTrue(reaches(PRIVATE_TOO, address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.0.0",
        "192.168.255.255",
        "fc00::",
        "fd12:3456::1",
        "64:ff9b::a00:1",
        "2002:c0a8:1::"
      })
  void privateOnesAreIfTheOperatorSaysSo(String address) throws Exception {
    assertEquals(false, reaches(PUBLIC_ONLY, address));
    assertTrue(reaches(PRIVATE_TOO, address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.255.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1"
      })
  void thisMachineItsLinkAndItsMetadataNeverAre(String address) throws Exception {
    assertEquals(false, reaches(PUBLIC_ONLY, address));
    assertEquals(false, reaches(PRIVATE_TOO, address));
  }

  /** Its services listen there, too, and not only where its network reaches them. */
  @Test
  void noAddressThatThisMachineHasIsReachedByAName() throws Exception {
    int looked = 0;
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress address : Collections.list(each.getInetAddresses())) {
        assertEquals(
            List.of(), PRIVATE_TOO.reachable(List.of(address), 443), address::getHostAddress);
        looked++;
      }
    }
    assertTrue(looked > 0);
  }

  @Test
  void anAddressThatARuleNamesIsReachedOnItsPort() throws Exception {
    InetAddress metadata = InetAddress.getByName("169.254.169.254");
    Destinations named =
        new Destinations(List.of(EgressRule.parse("169.254.169.254:80")), Map.of(), false);
    assertEquals(1, named.reachable(List.of(metadata), 80).size());
    assertEquals(0, named.reachable(List.of(metadata), 443).size());
  }

  @Test
  void literalsAndNamesThatTheOperatorGaveAreNotLookedUp() {
    EgressRule given = EgressRule.parse("a.example:443");
    InetSocketAddress where = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8443);
    Destinations destinations = new Destinations(List.of(), Map.of(given, where), false);
    assertEquals(Optional.of(where), destinations.known(given));
    assertEquals(Optional.empty(), destinations.known(EgressRule.parse("a.example:444")));
    assertEquals(
        "1.2.3.4",
        destinations
            .known(EgressRule.parse("1.2.3.4:443"))
            .orElseThrow()
            .getAddress()
            .getHostAddress());
  }
}
