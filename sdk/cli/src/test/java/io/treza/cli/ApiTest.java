package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The public API of each module is written down in its {@code api.txt}, so that no change to it
 * goes unnoticed. {@code -Dtreza.update=true} writes the files anew.
 */
class ApiTest {
  @ParameterizedTest
  @CsvSource({
    "attestation-verifier, io.treza.attestation",
    "nitro-eif-tools, io.treza.audit io.treza.image io.treza.eif io.treza.publish",
    "sdk/testkit, io.treza.testkit",
    "sdk/client, io.treza.sdk",
    "sdk/platform, io.treza.platform",
    "sdk/sigstore, io.treza.sigstore",
    "sdk/enclave, io.treza.enclave",
    "sdk/redis, io.treza.redis",
    "sdk/kms, io.treza.aws.kms",
    "sdk/eks, io.treza.aws.eks",
    "sdk/aws, io.treza.aws"
  })
  void isTheOneWrittenDown(String module, String packages) throws IOException {
    Path file = Path.of("../..", module, "api.txt");
    String api = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(packages.split(" "))
            .stream()
            .filter(type -> !type.getPackageName().contains(".internal"))
            .filter(type -> isOf(module, type))
            .map(JavaClass::reflect)
            .filter(ApiTest::isVisible)
            .sorted(Comparator.comparing(Class::getName))
            .map(ApiTest::describe)
            .collect(Collectors.joining("\n"));
    if (Boolean.getBoolean("treza.update")) {
      Files.writeString(file, api);
    }
    assertEquals(Files.readString(file), api, "the API has changed; if meant, -Dtreza.update=true");
  }

  /** Two modules may share the beginning of their packages' names. */
  private static boolean isOf(String module, JavaClass type) {
    return type.getSource()
        .filter(source -> source.getUri().toString().contains("/" + module + "/"))
        .isPresent();
  }

  private static boolean isVisible(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && !type.isSynthetic()
        && (type.getDeclaringClass() == null || isVisible(type.getDeclaringClass()));
  }

  private static String describe(Class<?> type) {
    Stream<String> members = Stream.of(
            visible(type.getDeclaredFields()).map(Field::toGenericString),
            visible(type.getDeclaredConstructors()).map(Constructor::toGenericString),
            visible(type.getDeclaredMethods())
                .filter(method -> !method.isBridge())
                .filter(method -> !isImplied(type, method))
                .map(Method::toGenericString))
        .flatMap(lines -> lines)
        .map(line -> shorten(line, type))
        .sorted();
    return head(type)
        + "\n"
        + members.map(line -> "  " + line + "\n").collect(Collectors.joining());
  }

  /** Newer JDKs say "sealed" by themselves, older ones do not. */
  private static String head(Class<?> type) {
    String head = type.toGenericString().replace("non-sealed ", "").replace("sealed ", "");
    return type.isSealed() ? "sealed " + head : head;
  }

  private static <M extends Member> Stream<M> visible(M[] members) {
    return Arrays.stream(members)
        .filter(m -> (m.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
        .filter(m -> !m.isSynthetic());
  }

  /** What every value, enum or record has. */
  private static boolean isImplied(Class<?> type, Method method) {
    return List.of("equals", "hashCode", "toString").contains(method.getName())
        || (type.isEnum() && List.of("values", "valueOf").contains(method.getName()));
  }

  private static String shorten(String line, Class<?> type) {
    return line.replace("public ", "")
        .replace(type.getName() + ".", "")
        .replace("java.lang.", "")
        .replace("java.util.", "")
        .replace("java.time.", "")
        .replace(type.getPackageName() + ".", "");
  }
}
