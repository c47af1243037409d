package io.treza.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may call whom, and what no API may show. */
class ArchitectureTest {
  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .withImportOption(location -> !location.contains("/testsupport/"))
      .importPackages("io.treza");

  /** For each room, the other rooms it may use. There are no other arrows. */
  private static final Map<String, List<String>> ALLOWED = Map.ofEntries(
      Map.entry("io.treza.attestation", List.of()),
      Map.entry("io.treza.testkit", List.of()),
      Map.entry("io.treza.image", List.of()),
      Map.entry("io.treza.eif", List.of("io.treza.image", "io.treza.attestation")),
      Map.entry("io.treza.audit", List.of("io.treza.image", "io.treza.eif")),
      Map.entry(
          "io.treza.publish",
          List.of("io.treza.attestation", "io.treza.audit", "io.treza.eif", "io.treza.image")),
      Map.entry("io.treza.sdk", List.of("io.treza.attestation")),
      Map.entry("io.treza.sigstore", List.of("io.treza.attestation")),
      Map.entry("io.treza.enclave", List.of("io.treza.attestation")),
      Map.entry("io.treza.redis", List.of("io.treza.attestation")),
      Map.entry(
          "io.treza.aws",
          List.of(
              "io.treza.attestation",
              "io.treza.eif",
              "io.treza.enclave",
              "io.treza.image",
              "io.treza.platform",
              "io.treza.publish")),
      Map.entry(
          "io.treza.platform",
          List.of("io.treza.attestation", "io.treza.eif", "io.treza.image", "io.treza.testkit")),
      Map.entry(
          "io.treza.cli",
          List.of(
              "io.treza.attestation",
              "io.treza.audit",
              "io.treza.eif",
              "io.treza.image",
              "io.treza.publish",
              "io.treza.testkit",
              "io.treza.sdk",
              "io.treza.platform",
              // Only what is loaded when it is asked for: EksCommandTest.
              "io.treza.aws")));

  static Stream<Map.Entry<String, List<String>>> rooms() {
    return ALLOWED.entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void usesNoRoomThatIsNotInTheTable(Map.Entry<String, List<String>> room) {
    List<String> foreign = new ArrayList<>(ALLOWED.keySet());
    foreign.remove(room.getKey());
    foreign.removeAll(room.getValue());
    if (!foreign.isEmpty()) {
      noClasses()
          .that()
          .resideInAPackage(room.getKey() + "..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(foreign.stream().map(p -> p + "..").toArray(String[]::new)))
          .check(CLASSES);
    }
  }

  @Test
  void hasNoRoomOutsideTheTable() {
    noClasses()
        .should(new ArchCondition<JavaClass>("be outside the table") {
          @Override
          public void check(JavaClass type, ConditionEvents events) {
            boolean known = ALLOWED.keySet().stream()
                .anyMatch(p -> (type.getPackageName() + ".").startsWith(p + "."));
            events.add(new SimpleConditionEvent(type, !known, type.getName()));
          }
        })
        .check(CLASSES);
  }

  @Test
  void hasNoCircleOfRooms() {
    slices().matching("io.treza.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void keepsInternalPackagesToTheirRoom(Map.Entry<String, List<String>> room) {
    noClasses()
        .that()
        .resideOutsideOfPackages(withFriends(room.getKey()))
        .should()
        .dependOnClassesThat(resideInAPackage(room.getKey() + ".internal.."))
        .check(CLASSES);
  }

  /** In the same module, the audit reads layers and an EIF is written as the image does both. */
  private static String[] withFriends(String room) {
    return room.equals("io.treza.image")
        ? new String[] {room + "..", "io.treza.audit.internal..", "io.treza.eif.internal.."}
        : new String[] {room + ".."};
  }

  @Test
  void showsNoThirdPartyTypeInAnApi() {
    ArchRuleDefinition.members()
        .that()
        .areDeclaredInClassesThat(isApi())
        .and(describe("are public or protected", ArchitectureTest::isVisible))
        .should(
            new ArchCondition<JavaMember>(
                "have only types of the JDK and of APIs of this project") {
              @Override
              public void check(JavaMember member, ConditionEvents events) {
                for (JavaClass type : signature(member)) {
                  if (!isAllowedInSignatures(type)) {
                    events.add(SimpleConditionEvent.violated(
                        member, member.getFullName() + " shows " + type.getName()));
                  }
                }
              }
            })
        .check(CLASSES);
  }

  @Test
  void neverTouchesTheJvmsListOfProviders() {
    noClasses()
        .should()
        .callMethodWhere(describe(
            "changes java.security.Security",
            call -> call.getTargetOwner().isEquivalentTo(Security.class)
                && !call.getName().startsWith("get")))
        .check(CLASSES);
  }

  @Test
  void printsOnlyInTheCommand() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.treza.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(CLASSES);
  }

  @Test
  void seesTheAwsSdkInOneRoomOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.treza.aws..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon.awssdk..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> isApi() {
    return describe(
        "are of an API",
        type -> type.getModifiers().contains(JavaModifier.PUBLIC)
            && !type.getPackageName().contains(".internal")
            && !type.getPackageName().startsWith("io.treza.cli"));
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static List<JavaClass> signature(JavaMember member) {
    List<JavaClass> types = new ArrayList<>();
    if (member instanceof JavaCodeUnit code) {
      types.addAll(
          code.getParameterTypes().stream().flatMap(ArchitectureTest::all).toList());
      types.addAll(all(code.getReturnType()).toList());
      types.addAll(code.getExceptionTypes());
    } else if (member instanceof JavaField field) {
      types.addAll(all(field.getType()).toList());
    }
    return types;
  }

  private static Stream<JavaClass> all(JavaType type) {
    return type.getAllInvolvedRawTypes().stream();
  }

  private static boolean isAllowedInSignatures(JavaClass type) {
    JavaClass base = type.getBaseComponentType();
    return base.isPrimitive()
        || base.getPackageName().startsWith("java")
        // The JDK's HTTP server, whose name only is not java.
        || base.getPackageName().equals("com.sun.net.httpserver")
        // An application's own HTTP client goes into the client, and comes out attested.
        || base.getPackageName().equals("okhttp3")
        || (base.getPackageName().startsWith("io.treza")
            && !base.getPackageName().contains(".internal"));
  }
}
