package io.treza.platform.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ResolverTest {
  private final CountDownLatch dns = new CountDownLatch(1);
  private final AtomicInteger lookups = new AtomicInteger();
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private EventLoop loop;
  private Resolver resolver;

  @BeforeEach
  void start() throws Exception {
    loop = new EventLoop("test");
    resolver = new Resolver(loop, name -> {
      lookups.incrementAndGet();
      awaitDns();
      if (name.startsWith("none")) {
        throw new UnknownHostException(name);
      }
      return new InetAddress[] {InetAddress.getLoopbackAddress()};
    });
    loop.start();
  }

  @AfterEach
  void stop() {
    dns.countDown();
    resolver.close();
    loop.close();
  }

  private void awaitDns() {
    try {
      dns.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Named implements Resolver.Waiter {
    private final String who;

    Named(String who) {
      this.who = who;
    }

    @Override
    public void found(List<InetAddress> addresses) {
      answers.add(who + " found " + addresses.size());
    }

    @Override
    public void notFound() {
      answers.add(who + " not found");
    }

    @Override
    public void tooBusy() {
      answers.add(who + " too busy");
    }
  }

  @Test
  void asksOnceForAllWhoWaitForOneName() throws Exception {
    loop.execute(() -> {
      resolver.ask("a.example", new Named("first"));
      resolver.ask("a.example", new Named("second"));
    });
    loop.execute(dns::countDown);
    Set<String> told = new HashSet<>();
    told.add(answers.take());
    told.add(answers.take());
    assertEquals(Set.of("first found 1", "second found 1"), told);
    assertEquals(1, lookups.get());
  }

  @Test
  void tellsOfANameThatIsNotThere() throws Exception {
    dns.countDown();
    loop.execute(() -> resolver.ask("none.example", new Named("it")));
    assertEquals("it not found", answers.take());
  }

  @Test
  void namesBeyondTheQueueAreRefusedAtOnce() throws Exception {
    loop.execute(() -> {
      for (int i = 0; i < 300; i++) {
        resolver.ask("n" + i + ".example", new Named("n" + i));
      }
    });
    // 8 are being looked up, 256 wait; the 36 others are told at once.
    for (int i = 264; i < 300; i++) {
      assertEquals("n" + i + " too busy", answers.take());
    }
    dns.countDown();
    for (int i = 0; i < 264; i++) {
      assertTrue(answers.take().endsWith("found 1"));
    }
  }

  @Test
  void whoNoLongerWaitsIsNotTold() throws Exception {
    Resolver.Waiter gone = new Named("gone");
    loop.execute(() -> {
      resolver.ask("a.example", gone);
      resolver.ask("a.example", new Named("stays"));
      resolver.forget("a.example", gone);
      dns.countDown();
    });
    assertEquals("stays found 1", answers.take());
    assertTrue(answers.isEmpty());
  }
}
