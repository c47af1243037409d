package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.PodSecurity;
import io.treza.audit.Result;
import io.treza.audit.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Audits the workloads of a file of Kubernetes manifests, YAML or JSON, each by itself.
 *
 * <p>Nothing that a manifest demands binds a process inside an enclave: it binds the pod that
 * starts the enclave.
 */
public final class KubernetesAudit {
  private final String file;
  private final PodSecurity.Version version;
  private final Budget budget;
  private final List<Draft> drafts = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();
  private final Map<Account, Boolean> accounts = new HashMap<>();

  /** What a file has in it. */
  public record Manifests(List<Workload> workloads, List<Note> notes) {
    public Manifests {
      workloads = List.copyOf(workloads);
      notes = List.copyOf(notes);
    }
  }

  /** What was found about a workload. */
  public record Workload(
      Subject.Workload subject, List<Finding> findings, PodSecurity podSecurity) {
    public Workload {
      findings = List.copyOf(findings);
    }
  }

  /** Something that was not audited, and why. */
  public record Note(Location location, String message) {}

  private record Account(String namespace, String name) {}

  /** Whose token a pod is given, and whether the pod says itself that it is. */
  private record Token(Account account, Optional<Boolean> mounted, Location location) {}

  /** A workload of which all is known but what the service accounts of the file say. */
  private record Draft(
      Subject.Workload subject, List<Finding> findings, PodSecurity security, Token token) {}

  private KubernetesAudit(String file, PodSecurity.Version version) {
    this.file = file;
    this.version = version;
    this.budget = new Budget(file);
  }

  /**
   * Audits a file.
   *
   * @param version of the Pod Security Standards to judge by
   * @throws AuditException naming file and line, if it is no manifest, a template of one, or larger
   *     than any
   */
  public static Manifests read(Path file, PodSecurity.Version version) throws AuditException {
    KubernetesAudit audit = new KubernetesAudit(file.toString(), version);
    try {
      Documents documents = ManifestFile.open(file, audit.budget);
      for (Optional<Node> document = documents.next();
          document.isPresent();
          document = documents.next()) {
        audit.document(Field.root(audit.file, document.get()));
      }
    } catch (AuditException e) {
      throw e;
    } catch (IOException e) {
      throw new AuditException(file + ": cannot be read: " + e, e);
    }
    return audit.result();
  }

  private void document(Field root) throws AuditException {
    budget.parts(1, root.line());
    object(root, "");
  }

  private void object(Field object, String kindOfItem) throws AuditException {
    if (!object.present()) {
      return;
    }
    try {
      dispatch(object, kindOfItem);
    } catch (WrongType e) {
      notes.add(new Note(e.field().location(), "not audited: " + e.getMessage()));
    }
  }

  private void dispatch(Field object, String kindOfItem) throws WrongType, AuditException {
    String kind = object.get("kind").text();
    String apiVersion = object.get("apiVersion").text();
    if (kind.isEmpty()) {
      kind = kindOfItem;
    }
    if (kind.isEmpty()) {
      notes.add(new Note(object.location(), "no kind, so no manifest of Kubernetes"));
      return;
    }
    Optional<WorkloadKind> workload = WorkloadKind.find(kind, apiVersion);
    if (kind.endsWith("List") && object.get("items").present()) {
      for (Field item : object.get("items").items()) {
        budget.parts(1, item.line());
        object(item, kind.substring(0, kind.length() - "List".length()));
      }
    } else if (workload.isPresent()) {
      workload(object, kind, workload.get());
    } else if (kind.equals("ServiceAccount")) {
      Optional<Boolean> mounts = object.get("automountServiceAccountToken").bool();
      Field metadata = object.get("metadata");
      Account account =
          new Account(metadata.get("namespace").loose(), metadata.get("name").loose());
      mounts.ifPresent(automount -> accounts.put(account, automount));
    } else if (WorkloadKind.looksLikeOne(object)) {
      notes.add(new Note(
          object.location(),
          "a " + Shown.of(kind) + " has containers, but how it runs them is not known here; they"
              + " were not audited"));
    }
  }

  private void workload(Field object, String kind, WorkloadKind workload)
      throws WrongType, AuditException {
    Field template = workload.podOf(object);
    Field spec = template.get("spec");
    if (spec.get("containers").size() == 0) {
      notes.add(new Note(
          template.location(),
          "a " + kind + " without containers was not audited; if it is a patch, build the whole"
              + " first, as with kubectl kustomize"));
      return;
    }
    for (String list : Pod.LISTS) {
      budget.parts(spec.get(list).size(), spec.get(list).line());
    }
    Pod pod = Pod.of(template);
    for (Pod.Container container : pod.containers()) {
      refuseTemplate(container.field().get("image"));
    }
    Field metadata = object.get("metadata");
    refuseTemplate(metadata.get("name"));
    Findings findings = new Findings();
    findings.judge("H02", UserRules::judge, pod);
    findings.judge("H04", SecretRules::judge, pod);
    findings.judge("H05", PrivilegeRules::readOnly, pod);
    findings.judge("H06", PrivilegeRules::capabilities, pod);
    findings.judge("H08", ImageRules::judge, pod);
    findings.judge("P04", StorageRules::judge, pod);
    findings.judge("E09", EnclaveRules::judge, pod);
    PodSecurity security = PodSecurityStandards.judge(pod, version);
    findings.addAll(PodSecurityFindings.of(security, pod.spec()));
    budget.findings(findings.count(), template.line());
    drafts.add(
        new Draft(subject(kind, metadata), findings.list(), security, token(metadata, spec)));
  }

  private Subject.Workload subject(String kind, Field metadata) throws WrongType {
    String name = metadata.get("name").loose();
    if (name.isEmpty()) {
      name = metadata.get("generateName").loose() + "*";
    }
    return new Subject.Workload(
        file, kind, Optional.of(metadata.get("namespace").loose()).filter(n -> !n.isEmpty()), name);
  }

  private void refuseTemplate(Field field) throws AuditException {
    if (field.loose().contains("{{")) {
      throw budget.refuse(field.line(), field.path() + ": " + ManifestFile.TEMPLATE);
    }
  }

  private static Token token(Field metadata, Field spec) throws WrongType {
    Field mounted = spec.get("automountServiceAccountToken");
    String name = spec.get("serviceAccountName").loose();
    if (name.isEmpty()) {
      name = spec.get("serviceAccount").loose();
    }
    return new Token(
        new Account(metadata.get("namespace").loose(), name.isEmpty() ? "default" : name),
        mounted.bool(),
        mounted.location());
  }

  private Manifests result() {
    List<Workload> workloads = new ArrayList<>();
    for (Draft draft : drafts) {
      List<Finding> findings = new ArrayList<>(draft.findings);
      findings.add(automount(draft.token));
      workloads.add(new Workload(draft.subject, findings, draft.security));
    }
    return new Manifests(workloads, notes);
  }

  /** The pod's own word counts, then its account's; else the token is there. */
  private Finding automount(Token token) {
    String account = Shown.of(token.account.name);
    boolean mounted = token.mounted.orElse(accounts.getOrDefault(token.account, true));
    return mounted
        ? new Finding(
            "P07-automount",
            Result.WARN,
            "every container is given the token of the service account " + account,
            token.location,
            "If it does not speak to Kubernetes, write automountServiceAccountToken: false.")
        : new Finding(
            "P07-automount",
            Result.PASS,
            "no container is given the token of the service account " + account,
            token.location,
            "");
  }
}
