package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.SECRET;
import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.TrezaException;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several enclaves, each with a key of its own, behind one name. */
class FleetTest {
  private final Workload workload = new Workload();

  private AttestedHttpClient.Builder client(URI address) {
    return AttestedHttpClient.builder(address, workload.verifier(), workload.pinned());
  }

  private Peer member(Peer.Tls tls) throws IOException {
    return Peer.start(tls, workload.answering(tls.certificate()));
  }

  /** Makes the next request take a new connection. */
  private static Request last(URI address) {
    return secret(address).newBuilder().header("Connection", "close").build();
  }

  private static long evidence(Peer peer) {
    return peer.seen().stream().filter(Workload::isEvidence).count();
  }

  @Test
  void everyMemberIsAttestedByItsOwnEvidenceOnce() throws IOException {
    try (Peer first = member(Peer.Tls.of("localhost"));
        Peer second = member(Peer.Tls.of("localhost"));
        Network network = new Network()) {
      network.leadsTo(first.port(), second.port());
      URI address = network.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        for (int i = 0; i < 6; i++) {
          assertEquals("hello", body(client, last(address)));
        }
        assertEquals(2, client.attestations().size());
      }
      for (Peer member : List.of(first, second)) {
        assertEquals(1, evidence(member));
        assertEquals(4, member.seen().size());
      }
    }
  }

  @Test
  void anImpostorAmongHonestMembersGetsNothing() throws IOException {
    Peer.Tls honest = Peer.Tls.of("localhost");
    try (Peer member = member(honest);
        Peer impostor =
            Peer.start(Peer.Tls.of("localhost"), workload.answering(honest.certificate()));
        Network network = new Network()) {
      network.leadsTo(member.port(), impostor.port());
      URI address = network.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        assertEquals("hello", body(client, last(address)));
        assertRejected(Reason.USER_DATA_MISMATCH, refused(client, last(address)));
        assertEquals("hello", body(client, last(address)));
      }
      assertFalse(impostor.saw(SECRET));
      assertEquals(3, member.seen().size());
    }
  }

  @Test
  void membersThatCloseAfterEvidenceAreAllAttestedBeforeTheRequestGetsThrough() throws IOException {
    try (Network network = new Network()) {
      List<Peer> members = closing(3);
      network.leadsTo(members.stream().map(Peer::port).toArray(Integer[]::new));
      URI address = network.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        assertEquals("hello", body(client, secret(address)));
        assertEquals(3, client.attestations().size());
      }
      members.forEach(Peer::close);
    }
  }

  @Test
  void itIsGivenUpWhenNoConnectionLasts() throws IOException {
    try (Network network = new Network()) {
      List<Peer> members = closing(5);
      network.leadsTo(members.stream().map(Peer::port).toArray(Integer[]::new));
      URI address = network.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        assertEquals(Problem.UNSETTLED, refused(client, secret(address)).problem());
        assertEquals(4, client.attestations().size());
      }
      members.forEach(member -> assertFalse(member.saw(SECRET)));
      members.forEach(Peer::close);
    }
  }

  private List<Peer> closing(int count) throws IOException {
    List<Peer> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Peer.Tls tls = Peer.Tls.of("localhost");
      members.add(Peer.start(tls, List.of(Protocol.HTTP_1_1), request -> {
        MockResponse.Builder answer =
            workload.answering(tls.certificate()).to(request).newBuilder();
        return answer.setHeader("Connection", "close").build();
      }));
    }
    return members;
  }

  @Test
  void parallelRequestsOverHttp2ShareOneQuestion() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (Peer enclave = member(Peer.Tls.of("localhost"))) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        List<Future<String>> answers = Stream.generate(
                () -> threads.submit(() -> body(client, secret(address))))
            .limit(64)
            .toList();
        for (Future<String> answer : answers) {
          assertEquals("hello", answer.get());
        }
      }
      assertEquals(1, evidence(enclave));
      assertEquals(65, enclave.seen().size());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void evidenceFromElsewhereIsAskedForTheEnclaveAndMustBindThisConnection() throws IOException {
    Peer.Tls tls = Peer.Tls.of("localhost");
    List<String> asked = new CopyOnWriteArrayList<>();
    try (Peer enclave = Peer.start(tls, request -> Peer.text("hello"));
        Peer impostor = Peer.start(Peer.Tls.of("localhost"), request -> Peer.text("mine"))) {
      EvidenceSource platform = (id, nonce) -> {
        asked.add(id);
        return workload.document(nonce, tls.certificate());
      };
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client =
          client(address).evidence(platform, "enc-1", KeyBinding.SPKI_SHA256).build()) {
        assertEquals("hello", body(client, secret(address)));
        assertEquals("hello", body(client, secret(address)));
      }
      assertEquals(List.of("enc-1"), asked);
      assertEquals(2, enclave.seen().size());

      URI wrong = impostor.address("localhost");
      try (AttestedHttpClient client =
          client(wrong).evidence(platform, "enc-1", KeyBinding.SPKI_SHA256).build()) {
        assertRejected(Reason.USER_DATA_MISMATCH, refused(client, secret(wrong)));
      }
      assertEquals(List.of(), impostor.seen());
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aCallWhoseTimeIsOverDoesNotWaitForTheQuestionOfAnother() throws Exception {
    Peer.Tls tls = Peer.Tls.of("localhost");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    EvidenceSource slow = (id, nonce) -> {
      asked.countDown();
      try {
        mayAnswer.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return workload.document(nonce, tls.certificate());
    };
    OkHttpClient patient = new OkHttpClient.Builder().readTimeout(Duration.ZERO).build();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Peer enclave = member(tls)) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address)
          .okHttp(patient)
          .evidence(slow, "enc-1", KeyBinding.SPKI_SHA256)
          .build()) {
        Future<String> first = threads.submit(() -> body(client, secret(address)));
        asked.await();
        Call second = client.newCall(secret(address));
        second.timeout().timeout(500, TimeUnit.MILLISECONDS);
        assertThrows(InterruptedIOException.class, () -> second.execute().close());
        mayAnswer.countDown();
        assertEquals("hello", first.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anInterruptedQuestionIsNoVerdict() throws IOException {
    EvidenceSource interrupted = (id, nonce) -> {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    };
    try (Peer enclave = member(Peer.Tls.of("localhost"))) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client =
          client(address).evidence(interrupted, "enc-1", KeyBinding.SPKI_SHA256).build()) {
        IOException failure = assertThrows(
            IOException.class, () -> client.execute(secret(address)).close());
        assertTrue(Thread.interrupted());
        assertFalse(failure instanceof PeerNotAttestedException, failure::toString);
      }
      assertEquals(List.<RecordedRequest>of(), enclave.seen());
    }
  }

  @Test
  void anEvidenceSourceThatFailsIsNoEvidence() throws IOException {
    TrezaException unexpected = assertThrows(
        TrezaException.class,
        () -> EvidenceSource.http(URI.create("http://localhost:1/")).evidence("e", new byte[32]));
    for (Exception failure : List.of(new IOException("unplugged"), unexpected)) {
      EvidenceSource failing = (id, nonce) -> {
        if (failure instanceof IOException e) {
          throw e;
        }
        throw (TrezaException) failure;
      };
      try (Peer enclave = member(Peer.Tls.of("localhost"))) {
        URI address = enclave.address("localhost");
        try (AttestedHttpClient client =
            client(address).evidence(failing, "enc-1", KeyBinding.SPKI_SHA256).build()) {
          PeerNotAttestedException refusal = refused(client, secret(address));
          assertEquals(Problem.NO_EVIDENCE, refusal.problem());
          assertEquals(Optional.of(failure), Optional.ofNullable(refusal.getCause()));
        }
        assertEquals(List.<RecordedRequest>of(), enclave.seen());
      }
    }
  }
}
