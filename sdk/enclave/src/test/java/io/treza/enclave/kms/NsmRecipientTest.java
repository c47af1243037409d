package io.treza.enclave.kms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.AttestationDocument;
import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import io.treza.enclave.nsm.Agent;
import io.treza.enclave.nsm.Module;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The recipient's documents, through the real agent. */
@Timeout(60)
class NsmRecipientTest {
  @TempDir
  private Path directory;

  @Test
  void documentHasTheRecipientsKeyAndNotWhatIsRegistered() throws Exception {
    try (Agent agent = Agent.start(Agent.compile(directory), directory, new Module());
        Nsm nsm = Nsm.agent(agent.socket())) {
      KmsRecipient recipient = KmsRecipient.create(nsm);
      assertEquals(
          NsmException.Problem.NOT_HOLDER,
          assertThrows(NsmException.class, recipient::document).problem());
      nsm.register(new byte[0], new byte[] {1});
      AttestationDocument document = AttestationDocument.parse(recipient.document());
      assertArrayEquals(recipient.publicKey(), document.publicKey().orElseThrow());
      assertEquals(0, document.userData().map(data -> data.length).orElse(0));
    }
  }
}
