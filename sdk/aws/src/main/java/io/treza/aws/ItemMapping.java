package io.treza.aws;

import static io.treza.aws.Attributes.number;
import static io.treza.aws.Attributes.optionalText;
import static io.treza.aws.Attributes.optionalTime;
import static io.treza.aws.Attributes.text;
import static io.treza.aws.Attributes.texts;
import static io.treza.aws.Attributes.time;
import static io.treza.aws.Attributes.truth;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromBool;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromL;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromN;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromS;

import io.treza.platform.BuiltImage;
import io.treza.platform.LaunchRequest;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.StoredApiKey;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredItem;
import io.treza.platform.store.StoredTask;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * How items of one kind lie in the table.
 *
 * @param kind their partition
 * @param writer adds what is beside id, wallet, created_at and version
 * @param reader makes an item of all attributes
 */
record ItemMapping<T extends StoredItem>(
    String kind,
    BiConsumer<T, Map<String, AttributeValue>> writer,
    Function<Map<String, AttributeValue>, T> reader) {

  static final ItemMapping<StoredEnclave> ENCLAVES = new ItemMapping<>(
      "enclave",
      (enclave, item) -> {
        item.put("updated_at", fromTime(enclave.updatedAt()));
        item.put("status", fromS(enclave.status().name()));
        item.put("attempts", fromNumber(enclave.attempts()));
        enclave.errorMessage().ifPresent(message -> item.put("error_message", fromS(message)));
        enclave.built().ifPresent(image -> item.put("built", fromS(image.text())));
        item.put("asked", fromS(enclave.asked()));
        LaunchRequest launch = enclave.launch();
        item.put("image", fromS(launch.image()));
        item.put("region", fromS(launch.region()));
        item.put("cpu_count", fromNumber(launch.cpuCount()));
        item.put("memory_mib", fromNumber(launch.memoryMiB()));
        item.put("debug_mode", fromBool(launch.debugMode()));
        item.put(
            "exposed_ports",
            fromTexts(launch.exposedPorts().stream().map(String::valueOf).toList()));
        item.put("allowed_hosts", fromTexts(launch.allowedHosts()));
      },
      item -> new StoredEnclave(
          new LaunchRequest(
              text(item, DynamoDbTable.SORT),
              text(item, "image"),
              text(item, "region"),
              (int) number(item, "cpu_count"),
              (int) number(item, "memory_mib"),
              truth(item, "debug_mode"),
              texts(item, "exposed_ports").stream().map(Integer::valueOf).toList(),
              texts(item, "allowed_hosts")),
          text(item, "wallet"),
          text(item, "asked"),
          EnclaveStatus.valueOf(text(item, "status")),
          (int) number(item, "attempts"),
          optionalText(item, "error_message"),
          optionalText(item, "built").map(BuiltImage::ofText),
          time(item, "created_at"),
          time(item, "updated_at"),
          number(item, "version")));

  static final ItemMapping<StoredTask> TASKS = new ItemMapping<>(
      "task",
      (task, item) -> {
        item.put("updated_at", fromTime(task.updatedAt()));
        item.put("name", fromS(task.name()));
        item.put("description", fromS(task.description()));
        item.put("enclave_id", fromS(task.enclaveId()));
        item.put("schedule", fromS(task.schedule()));
        item.put("status", fromS(task.status()));
        task.lastRun().ifPresent(time -> item.put("last_run", fromTime(time)));
      },
      item -> new StoredTask(
          text(item, DynamoDbTable.SORT),
          text(item, "wallet"),
          text(item, "name"),
          text(item, "description"),
          text(item, "enclave_id"),
          text(item, "schedule"),
          text(item, "status"),
          optionalTime(item, "last_run"),
          time(item, "created_at"),
          time(item, "updated_at"),
          number(item, "version")));

  static final ItemMapping<StoredApiKey> API_KEYS = new ItemMapping<>(
      "api_key",
      (key, item) -> {
        item.put("updated_at", fromTime(key.updatedAt()));
        item.put("name", fromS(key.name()));
        item.put(DynamoDbTable.HASH, fromS(key.hash()));
        item.put("prefix", fromS(key.prefix()));
        item.put("permissions", fromTexts(key.permissions()));
        item.put("status", fromS(key.status()));
        key.lastUsed().ifPresent(time -> item.put("last_used", fromTime(time)));
      },
      item -> new StoredApiKey(
          text(item, DynamoDbTable.SORT),
          text(item, "wallet"),
          text(item, "name"),
          text(item, DynamoDbTable.HASH),
          text(item, "prefix"),
          texts(item, "permissions"),
          text(item, "status"),
          optionalTime(item, "last_used"),
          time(item, "created_at"),
          time(item, "updated_at"),
          number(item, "version")));

  static AttributeValue fromTime(Instant time) {
    return fromNumber(time.toEpochMilli());
  }

  static AttributeValue fromNumber(long number) {
    return fromN(Long.toString(number));
  }

  private static AttributeValue fromTexts(List<String> texts) {
    return fromL(texts.stream().map(AttributeValue::fromS).toList());
  }
}
