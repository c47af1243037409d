package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreContract;
import io.treza.platform.store.PlatformStoreProvider;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.PointInTimeRecoveryStatus;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** A table is made with all that its stores rely on. In moto, since DynamoDB Local has no backups. */
@ExtendWith(MotoExtension.class)
class TableCreationTest {
  private static DynamoDbTable table(Moto moto, String name) {
    return DynamoDbTable.named(name)
        .region("eu-central-1")
        .insecureEmulator(moto.uri())
        .build();
  }

  @Test
  void aTableExpiresItemsAndCanBeRecoveredAndIsNotDeletedByMistake(Moto moto) {
    try (DynamoDbTable table = table(moto, "made-whole")) {
      assertTrue(table.create());
      assertFalse(table.create(), "it is there");
      TableDescription made = table
          .client()
          .describeTable(request -> request.tableName("made-whole"))
          .table();
      assertEquals(3, made.localSecondaryIndexes().size());
      assertTrue(made.deletionProtectionEnabled());
      assertEquals(
          PointInTimeRecoveryStatus.ENABLED,
          table
              .client()
              .describeContinuousBackups(request -> request.tableName("made-whole"))
              .continuousBackupsDescription()
              .pointInTimeRecoveryDescription()
              .pointInTimeRecoveryStatus());
      var ttl = table
          .client()
          .describeTimeToLive(request -> request.tableName("made-whole"))
          .timeToLiveDescription();
      assertEquals(TimeToLiveStatus.ENABLED, ttl.timeToLiveStatus());
      assertEquals(DynamoDbTable.TTL, ttl.attributeName());
    }
  }

  private static PlatformStoreProvider provider() {
    return ServiceLoader.load(PlatformStoreProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.kind().equals("dynamodb"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theProviderOpensATable(Moto moto) throws IOException {
    Map<String, String> settings = Map.of(
        "table",
        "provided",
        "region",
        "eu-central-1",
        "insecure-emulator",
        moto.uri().toString(),
        "create",
        "true");
    try (PlatformStore store = provider().open(settings)) {
      assertInstanceOf(DynamoDbPlatformStore.class, store);
      assertTrue(store.enclaves().insert(PlatformStoreContract.enclave("enc_1")));
      assertEquals(
          Optional.of(PlatformStoreContract.enclave("enc_1")), store.enclaves().find("enc_1"));
    }
  }

  @Test
  void settingsThatAreMissingUnknownOrWrongAreNamed() {
    Map<Map<String, String>, String> wrong = Map.of(
        Map.of("region", "eu-central-1"), "table is missing",
        Map.of("table", "abc", "colour", "red"), "colour is no setting",
        Map.of("table", "abc", "create", "yes"), "create is true or left out",
        Map.of("table", "abc", "endpoint", "http://h"), "https://");
    wrong.forEach((settings, says) -> {
      String message = assertThrows(
              IllegalArgumentException.class, () -> provider().open(settings))
          .getMessage();
      assertTrue(message.contains(says), message);
    });
  }
}
