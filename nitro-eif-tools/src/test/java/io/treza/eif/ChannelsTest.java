package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.ImageDetails;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ports and hosts an enclave can have, and what an image's own words for them mean. */
class ChannelsTest {
  private static Channels of(Map<String, String> labels, String... exposed) throws EifException {
    return Channels.of(new ImageDetails(
        "", labels, Map.of(), List.of(exposed), List.of(), "", List.of(), List.of(), List.of()));
  }

  @Test
  void anImageExposesTcpPortsAndListsHostsInItsLabel() throws EifException {
    assertEquals(Channels.none(), of(Map.of()));
    assertEquals(
        new Channels(List.of(80, 443, 8000, 8001, 8002), List.of("a.test:1", "b.test:2")),
        of(
            Map.of("io.treza.egress", " b.test:2,\ta.test:1 , a.test:1\n"),
            "8000-8002/tcp",
            "443",
            "80/TCP",
            "53/udp",
            "80/tcp",
            "5/sctp"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/tcp", "-1", "80/", "80/tcp/udp", "1-2-3", "9-8/tcp", "", "１"})
  void whatIsNoPortIsNotTakenForOne(String exposed) {
    EifException e = assertThrows(EifException.class, () -> of(Map.of(), exposed));
    assertTrue(e.getMessage().startsWith("image: EXPOSE or label"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65536, 9000, 9001, 9002})
  void portsAreThoseThatNobodyElseHas(int port) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Channels(List.of(port), List.of()));
    assertTrue(e.getMessage().startsWith("port " + port + ": "), e.getMessage());
  }

  @Test
  void nobodyOutsideMayUseTheProxy() {
    assertEquals(List.of(3128), new Channels(List.of(3128), List.of()).ingress());
    IllegalArgumentException e = assertThrows(
        IllegalArgumentException.class, () -> new Channels(List.of(3128), List.of("a.test:1")));
    assertTrue(e.getMessage().contains("egress proxy's"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:1",
        "api.example.com:443",
        "*.example.com:65535",
        "xn--bcher-kva.example:443",
        "9sip.a-b.c9:5060",
        "0.0.0.0:1",
        "192.0.2.255:443"
      })
  void namesWildcardsAndAddressesAreHosts(String host) {
    assertEquals(List.of(host), new Channels(List.of(), List.of(host)).egress());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com          | no port",
        "example.com:         | no port",
        "example.com:0        | no port",
        "example.com:0443     | no port",
        "example.com:65536    | no port",
        "example.com:https    | no port",
        "API.example.com:443  | lower case",
        "*:443                | neither a name",
        "*.*:443              | neither a name",
        "*.com:443            | at least two labels",
        "*.192.0.2.1:443      | at least two labels",
        "a.*.com:443          | neither a name",
        "*example.com:443     | neither a name",
        "example.com.:443     | neither a name",
        ".example.com:443     | neither a name",
        "a..b:443             | neither a name",
        "_a.test:443          | neither a name",
        "-a.test:443          | neither a name",
        "a.9b:443             | neither a name",
        "a-.test:443          | neither a name",
        "[::1]:443            | neither a name",
        "user@a.test:443      | neither a name",
        "https://a.test:443   | neither a name",
        "127.1:443            | neither a name",
        "192.0.2.01:443       | neither a name",
        "192.0.2.256:443      | neither a name",
        "192.0.2.1.:443       | neither a name",
        "0x7f000001:443       | neither a name",
        "1.2.3.4.5:443        | neither a name",
        "bücher.test:443      | neither a name"
      })
  void everythingElseIsRefusedByName(String host, String why) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Channels(List.of(), List.of(host)));
    assertTrue(e.getMessage().startsWith("host \"" + host + "\": "), e.getMessage());
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void labelsAndNamesHaveTheLengthsOfDns() {
    String label = "a".repeat(63);
    String name = String.join(".", label, label, label, "a".repeat(61));
    assertEquals(253, name.length());
    new Channels(List.of(), List.of(name + ":1"));
    for (String host : List.of(name + "a:1", "a" + label + ".test:1")) {
      assertThrows(
          IllegalArgumentException.class, () -> new Channels(List.of(), List.of(host)), host);
    }
  }

  @Test
  void thereIsAMostOfBoth() {
    List<Integer> ports = IntStream.rangeClosed(1, 65).boxed().toList();
    List<String> hosts =
        IntStream.rangeClosed(1, 257).mapToObj(i -> "a.test:" + i).toList();
    new Channels(ports.subList(0, 64), hosts.subList(0, 256));
    assertThrows(IllegalArgumentException.class, () -> new Channels(ports, List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Channels(List.of(), hosts));
  }
}
