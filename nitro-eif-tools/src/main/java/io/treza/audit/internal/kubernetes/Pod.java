package io.treza.audit.internal.kubernetes;

import java.util.ArrayList;
import java.util.List;

/**
 * A pod, or the template of one.
 *
 * @param containers all of them: init (and so sidecars), regular and ephemeral ones
 */
record Pod(Field metadata, Field spec, List<Container> containers) {
  /** Where a pod has its containers. */
  static final List<String> LISTS = List.of("initContainers", "containers", "ephemeralContainers");

  Pod {
    containers = List.copyOf(containers);
  }

  /** The pod that an object has at {@code field}. */
  static Pod of(Field field) throws WrongType {
    Field spec = field.get("spec");
    List<Container> containers = new ArrayList<>();
    for (String list : LISTS) {
      for (Field container : spec.get(list).items()) {
        containers.add(new Container(container, container.get("name").loose()));
      }
    }
    return new Pod(field.get("metadata"), spec, containers);
  }

  Field security() throws WrongType {
    return spec.get("securityContext");
  }

  boolean isWindows() throws WrongType {
    return spec.at("os.name").text().equals("windows");
  }

  /** One of a pod's containers. */
  record Container(Field field, String name) {
    Field security() throws WrongType {
      return field.get("securityContext");
    }

    /** For messages. */
    String label() {
      return name.isEmpty() ? field.path() : "container \"" + Shown.of(name) + "\"";
    }
  }
}
