package io.treza.audit.internal.dockerfile;

import io.treza.audit.internal.dockerfile.KnownImage.Base;
import io.treza.audit.internal.dockerfile.KnownImage.Entrypoint;
import io.treza.audit.internal.dockerfile.KnownImage.User;
import io.treza.image.RegistryReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What images that many build on are made of, judged by their names: the documentation of Docker's
 * official images, distroless, Chainguard, Docker Hardened Images, .NET, Red Hat and others.
 */
final class KnownImages {
  private static final String ANY = ".*";
  private static final String ALPINE_TAG = "(.*[-_.])?alpine[0-9.]*([-_].*)?";
  private static final String SLIM_TAG = "(.*-)?slim([-_].*)?";
  private static final String DEV_TAG = "(.*-)?(dev|sdk|build)([-0-9.].*)?";

  /** The first rule that fits gives the value. */
  private record Rule<T>(Pattern name, Pattern tag, T value) {
    static <T> Rule<T> of(String name, String tag, T value) {
      return new Rule<>(Pattern.compile(name), Pattern.compile(tag), value);
    }
  }

  private static final Set<String> OFFICIAL = Set.of(
      ("adminer aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb"
              + " archlinux backdrop bash bonita buildpack-deps busybox caddy cassandra chronograf"
              + " cirros clearlinux clefos clojure composer consul convertigo couchbase couchdb crate"
              + " dart debian docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch"
              + " elixir emqx erlang fedora flink fluentd friendica gazebo gcc geonetwork ghost golang"
              + " gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibm-semeru-runtimes"
              + " ibmjava influxdb irssi jetty joomla jruby julia kapacitor kibana kong lightstreamer"
              + " liquibase logstash mageia mariadb matomo maven mediawiki memcached mongo mongo-express"
              + " monica mono mysql nats nats-streaming neo4j neurodebian nextcloud nginx node notary"
              + " odoo open-liberty openjdk oraclelinux orientdb percona perl photon php phpmyadmin plone"
              + " postfixadmin postgres pypy python r-base rabbitmq rakudo-star redis redmine registry"
              + " rethinkdb rocket.chat rockylinux ros ruby rust sapmachine satosa silverpeas sl solr"
              + " sonarqube spark spiped storm swift swipl tcl teamspeak telegraf tomcat tomee traefik"
              + " ubuntu unit varnish vault websphere-liberty wordpress xwiki yourls zookeeper znc")
          .split(" "));

  private static final List<Rule<Base>> BASES = List.of(
      Rule.of(
          "(.*/)?distroless/.*|.*/distroless-[^/]*", "(.*-)?debug(-.*)?", Base.DISTROLESS_DEBUG),
      Rule.of("(.*/)?distroless/.*|.*/distroless-[^/]*", ANY, Base.DISTROLESS),
      Rule.of("cgr\\.dev/.*|chainguard/.*", "(.*-)?dev", Base.CHAINGUARD_DEV),
      Rule.of("cgr\\.dev/.*/(wolfi|chainguard)-base", ANY, Base.CHAINGUARD),
      Rule.of("cgr\\.dev/.*|chainguard/.*|.*wolfi[^/]*", ANY, Base.CHAINGUARD),
      Rule.of("dhi\\.io/.*|.+/dhi-[^/]+", DEV_TAG, Base.HARDENED_DEV),
      Rule.of("dhi\\.io/.*|.+/dhi-[^/]+", ANY, Base.HARDENED),
      Rule.of(ANY, ".*chisell?ed.*", Base.CHISELED),
      Rule.of(ANY, "(.*-)?distroless(-.*)?", Base.DISTROLESS),
      Rule.of(".*/ubi[0-9]*[-/](ubi[0-9]*-)?micro", ANY, Base.MICRO),
      Rule.of("windows/.*|mcr\\.microsoft\\.com/windows/.*", ANY, Base.WINDOWS),
      Rule.of(ANY, "(.*-)?(nanoserver|windowsservercore)(-.*)?", Base.WINDOWS),
      Rule.of("mcr\\.microsoft\\.com/dotnet/framework/.*", ANY, Base.WINDOWS),
      Rule.of(ANY, ALPINE_TAG, Base.ALPINE),
      Rule.of("(.*/)?alpine([-/][^/]*)?", ANY, Base.ALPINE),
      Rule.of(
          "caddy|traefik|registry|docker|vault|consul|composer|bash|eclipse-mosquitto|hashicorp/.*"
              + "|nats|notary|kapacitor",
          ANY,
          Base.ALPINE),
      Rule.of("(.*/)?busybox", ANY, Base.BUSYBOX),
      Rule.of(
          ".*/ubi[0-9]*[-/](ubi[0-9]*-)?minimal|.*/ubi[0-9]+/.+-minimal|(.*/)?photon"
              + "|(.*/)?[a-z]+-minimal|.*/[0-9.]+-minimal",
          ANY,
          Base.MINIMAL),
      Rule.of(
          "(.*/)?(amazonlinux|almalinux|rockylinux|oraclelinux|fedora)([/0-9].*)?",
          "(.*-)?(minimal|slim)([-.].*)?",
          Base.MINIMAL),
      Rule.of(ANY, SLIM_TAG, Base.SLIM),
      Rule.of("(.*/)?minideb|bitnami(legacy|secure)?/.*|(.*/)?debian-slim", ANY, Base.SLIM),
      Rule.of(
          "(.*/)?(debian|ubuntu|fedora|centos|almalinux|rockylinux|oraclelinux|amazonlinux|archlinux"
              + "|opensuse|leap|tumbleweed|kali-rolling|azurelinux|mariner|clearlinux|phusion"
              + "|baseimage(-.*)?|ubi[0-9]*(-init)?|buildpack-deps|stream[0-9]+)([/:].*)?",
          ANY,
          Base.FULL),
      Rule.of("(.*/)?ubi[0-9]*/.*|rhel[0-9]*/.*", ANY, Base.FULL),
      Rule.of(
          "mcr\\.microsoft\\.com/(dotnet|openjdk|playwright|devcontainers|vscode)[/:]?.*",
          ANY,
          Base.FULL),
      Rule.of(
          "nvidia/cuda|nvcr\\.io/.*|(.*/)?lambda/.*|nginxinc/.*|tensorflow/.*|pytorch/.*",
          ANY,
          Base.FULL),
      Rule.of(
          "cimg/.*|circleci/.*|azul/.*|bellsoft/.*|continuumio/.*|jupyter/.*|selenium/.*|oven/bun"
              + "|denoland/deno|sbtscala/.*|hseeberger/.*|adoptopenjdk.*|ghcr\\.io/graalvm/.*",
          ANY,
          Base.FULL));

  private static final List<Rule<String>> BUILD_TOOLS = List.of(
      Rule.of("golang|(.*/)?go-toolset(-.*)?|cgr\\.dev/.*/go|dhi\\.io/golang|cimg/go", ANY, "Go"),
      Rule.of("rust|(.*/)?(rust-musl.*|muslrust|cargo-chef)|cgr\\.dev/.*/rust", ANY, "Rust"),
      Rule.of("gcc|(.*/)?gcc-glibc|emscripten/.*|dockcross/.*", ANY, "GCC"),
      Rule.of("buildpack-deps", "(?!(.*-)?(curl|scm)$).*", "GCC and development packages"),
      Rule.of("maven|(.*/)?maven(-.*)?", ANY, "Maven and a JDK"),
      Rule.of("gradle|(.*/)?gradle", ANY, "Gradle and a JDK"),
      Rule.of("(.*/)?(sbt|scala-sbt)|clojure", ANY, "a build tool and a JDK"),
      Rule.of(
          "(.*/)?dotnet/(nightly/)?sdk|(.*/)?dotnet/core/sdk|(.*/)?dotnet-sdk",
          ANY,
          "the .NET SDK"),
      Rule.of(
          "eclipse-temurin|openjdk|amazoncorretto|ibm-semeru-runtimes|sapmachine|adoptopenjdk(/.*)?"
              + "|azul/.*|mcr\\.microsoft\\.com/openjdk/jdk|(.*/)?openjdk[-/]?[0-9]*",
          "(?!.*(jre|headless|distroless)).*",
          "a JDK"),
      Rule.of("(.*/)?(liberica-openjdk[^/]*|jdk|jdk-community|native-image(-.*)?)", ANY, "a JDK"),
      Rule.of("php", "(?!" + ALPINE_TAG + "$).*", "GCC, make and autoconf"),
      Rule.of(
          "node|python|ruby|perl|erlang|elixir|pypy|hylang|jruby|rakudo-star",
          "(?!(" + ALPINE_TAG + "|" + SLIM_TAG + ")$).*",
          "GCC, make and development packages"),
      Rule.of("swift", "(?!" + SLIM_TAG + "$).*", "Swift's compiler"),
      Rule.of(
          "haskell|dart|r-base|mono|swipl|julia|haxe|rocker/.*", ANY, "its language's compiler"),
      Rule.of("composer", ANY, "Composer"),
      Rule.of("(.*/)?ubi[0-9]*/(nodejs|python|ruby|php|perl)-[0-9]+", ANY, "GCC and make"),
      Rule.of("nvidia/cuda|nvcr\\.io/nvidia/cuda", "(.*-)?devel(-.*)?", "CUDA's compiler"),
      Rule.of("(.*/)?(devcontainers|vscode)/.*|cimg/.*|circleci/.*", ANY, "development tools"),
      Rule.of("tonistiigi/xx|goreleaser/.*|(.*/)?bazel", ANY, "tools to compile"),
      Rule.of(
          "cgr\\.dev/.*|chainguard/.*|dhi\\.io/.*",
          "(.*-)?(sdk|build)([-0-9.].*)?",
          "build tools"));

  private static final List<Rule<String>> PACKAGE_MANAGERS = List.of(
      Rule.of("node|bitnami/node", ANY, "npm"),
      Rule.of("python|bitnami/python", ANY, "pip"),
      Rule.of("ruby", ANY, "gem"));

  private static final User ROOT = new User("root", true);

  private static User user(String name) {
    return new User(name, false);
  }

  private static final List<Rule<User>> USERS = List.of(
      Rule.of(
          "(.*/)?distroless/.*|.*/distroless-[^/]*",
          "(.*-)?nonroot(-.*)?",
          user("65532 (nonroot)")),
      Rule.of("mcr\\.microsoft\\.com/(azurelinux|cbl-mariner)/distroless/.*", ANY, ROOT),
      Rule.of("(.*/)?dotnet/.*", ".*(chisell?ed|distroless).*", user("1654 (app)")),
      Rule.of("(.*/)?dotnet/.*", ANY, ROOT),
      Rule.of("(.*/)?distroless/.*|.*/distroless-[^/]*", ANY, ROOT),
      Rule.of("cgr\\.dev/.*/(wolfi|chainguard)-base|chainguard/wolfi-base", ANY, ROOT),
      Rule.of("cgr\\.dev/.*|chainguard/.*", ANY, user("65532 (nonroot)")),
      Rule.of("dhi\\.io/.*|.+/dhi-[^/]+", DEV_TAG, ROOT),
      Rule.of("dhi\\.io/.*|.+/dhi-[^/]+", ANY, user("65532 (nonroot)")),
      Rule.of("(.*/)?nginx-unprivileged", ANY, user("101 (nginx)")),
      Rule.of("bitnami(legacy)?/minideb", ANY, ROOT),
      Rule.of("bitnami(legacy|secure)?/.*", ANY, user("1001")),
      Rule.of("(.*/)?ubi[0-9]*/openjdk-.*", ANY, user("185 (default)")),
      Rule.of(
          "(.*/)?ubi[0-9]*/(nodejs|python|ruby|php|perl|nginx|httpd|go-toolset|dotnet)-?[0-9]*.*",
          ANY,
          user("1001 (default)")),
      Rule.of("(.*/)?grafana", ANY, user("472 (grafana)")),
      Rule.of("prom/.*|quay\\.io/prometheus/.*", "(?!.*busybox).*", user("nobody")),
      Rule.of("jenkins/.*", ANY, user("jenkins")),
      Rule.of("(.*/)?keycloak", ANY, user("1000 (keycloak)")),
      Rule.of(
          "elasticsearch|kibana|logstash|sonarqube|solr|jetty|haproxy|memcached|varnish|emqx|spark"
              + "|kong|rocket\\.chat|open-liberty|websphere-liberty|docker\\.elastic\\.co/.*",
          ANY,
          user("one of its own")));

  private static final Entrypoint NONE = new Entrypoint(List.of(), false);

  private static Entrypoint starts(String... argv) {
    return new Entrypoint(List.of(argv), true);
  }

  /** One that prepares nothing that a program of one's own would miss. */
  private static Entrypoint passesOn(String... argv) {
    return new Entrypoint(List.of(argv), false);
  }

  private static final List<Rule<Entrypoint>> ENTRYPOINTS = List.of(
      Rule.of("(.*/)?distroless/nodejs.*", ANY, starts("/nodejs/bin/node")),
      Rule.of("(.*/)?distroless/java(?!-base).*", ANY, starts("/usr/bin/java", "-jar")),
      Rule.of("(.*/)?distroless/python3.*", ANY, starts("/usr/bin/python3")),
      Rule.of("(.*/)?distroless/bun.*", ANY, starts("/bun/bun")),
      Rule.of("(.*/)?distroless/(static|base|cc|java-base)(-.*)?", ANY, NONE),
      Rule.of("(cgr\\.dev/.*|chainguard)/node", ANY, starts("/usr/bin/node")),
      Rule.of("(cgr\\.dev/.*|chainguard)/python", ANY, starts("/usr/bin/python")),
      Rule.of("(cgr\\.dev/.*|chainguard)/(jre|jdk)", ANY, starts("/usr/bin/java")),
      Rule.of("(cgr\\.dev/.*|chainguard)/(static|glibc-dynamic|gcc-glibc|[a-z]+-base)", ANY, NONE),
      Rule.of("node", ANY, passesOn("docker-entrypoint.sh")),
      Rule.of("php", ANY, passesOn("docker-php-entrypoint")),
      Rule.of("eclipse-temurin", ANY, passesOn("/__cacert_entrypoint.sh")),
      Rule.of("nginx|(.*/)?nginx-unprivileged", ANY, starts("/docker-entrypoint.sh")),
      // By their whole paths, for AWS's init would not find them by their names.
      Rule.of(
          "postgres|mysql|mariadb|mongo|redis|memcached|rabbitmq|haproxy|wordpress|ghost"
              + "|couchdb|cassandra|docker|vault|consul",
          ANY,
          starts("/usr/local/bin/docker-entrypoint.sh")),
      Rule.of("traefik|registry|nextcloud|influxdb", ANY, starts("/entrypoint.sh")),
      Rule.of("composer", ANY, starts("/docker-entrypoint.sh")),
      Rule.of("maven", ANY, starts("/usr/local/bin/mvn-entrypoint.sh")),
      Rule.of("(.*/)?lambda/.*", ANY, starts("/lambda-entrypoint.sh")),
      Rule.of("bitnami/minideb|(.*/)?dotnet/(sdk|aspnet|runtime|runtime-deps)", ANY, NONE),
      Rule.of(
          "(.*/)?(alpine|debian|ubuntu|busybox|amazonlinux|fedora|centos|almalinux|rockylinux"
              + "|oraclelinux|archlinux|photon|ubi[0-9]*(-minimal|-micro|-init)?|amazoncorretto)",
          ANY,
          NONE),
      Rule.of(
          "python|golang|ruby|rust|openjdk|gcc|perl|buildpack-deps|httpd|tomcat|caddy|swift|gradle"
              + "|erlang|elixir|bash|pypy|dart|ibm-semeru-runtimes|sapmachine",
          ANY,
          NONE));

  /** Directories that programs of the image itself are in, where AWS's init would not look. */
  private record Programs(Pattern programs, String directory) {
    static Programs in(String directory, String programs) {
      return new Programs(Pattern.compile(programs), directory);
    }
  }

  private static final List<Rule<Programs>> PROGRAMS = List.of(
      Rule.of(
          "node", ANY, Programs.in("/usr/local/bin", "node|npm|npx|yarn|corepack|docker-entry.*")),
      Rule.of(
          "python|pypy",
          ANY,
          Programs.in(
              "/usr/local/bin",
              "python[0-9.]*|pypy3?|pip3?|gunicorn|uvicorn|hypercorn|daphne|flask|fastapi|celery"
                  + "|streamlit|django-admin|poetry|pipenv|uwsgi|jupyter|mlflow|alembic|locust")),
      Rule.of(
          "ruby", ANY, Programs.in("/usr/local/bin", "ruby|gem|bundle|bundler|irb|rake|rackup")),
      Rule.of("php", ANY, Programs.in("/usr/local/bin", "php|docker-php-.*")),
      Rule.of("php", ANY, Programs.in("/usr/local/sbin", "php-fpm")),
      Rule.of("golang", ANY, Programs.in("/usr/local/go/bin", "go|gofmt")),
      Rule.of("rust", ANY, Programs.in("/usr/local/cargo/bin", "cargo|rustc|rustup")),
      Rule.of("eclipse-temurin", ANY, Programs.in("/opt/java/openjdk/bin", "java|jshell|keytool")),
      Rule.of(
          "openjdk", "(?!" + ALPINE_TAG + "$).*", Programs.in("/usr/local/openjdk-*/bin", "java")),
      Rule.of("redis", ANY, Programs.in("/usr/local/bin", "redis-.*|docker-entrypoint.sh")),
      Rule.of("httpd", ANY, Programs.in("/usr/local/bin", "httpd-foreground")),
      Rule.of("traefik|caddy", "(?!.*builder).*", Programs.in("/usr/local/bin", "traefik")),
      Rule.of("oven/bun", ANY, Programs.in("/usr/local/bin", "bun|bunx")),
      Rule.of("(.*/)?dotnet/.*", ANY, Programs.in("/usr/bin", "dotnet")),
      Rule.of("nginx|(.*/)?nginx-unprivileged", ANY, Programs.in("/usr/sbin", "nginx")),
      Rule.of(
          "(.*/)?alpine|(.*/)?debian|(.*/)?ubuntu|(.*/)?busybox|(.*/)?amazonlinux",
          ANY,
          Programs.in("/bin", "sh|cat|echo|sleep|ls|env|true|false|tail")));

  private KnownImages() {}

  /** Whether Docker has an official image of this name, without registry or organisation. */
  static boolean isOfficial(String name) {
    return OFFICIAL.contains(name) || name.equals("centos") || name.equals("opensuse");
  }

  /** What is known of an image that the build starts from or takes files from. */
  static KnownImage find(RegistryReference reference) {
    String name = name(reference);
    String tag = reference.tag().orElse("");
    Base base = first(BASES, name, tag).orElse(isOfficial(name) ? Base.FULL : Base.UNKNOWN);
    Optional<User> user = first(USERS, name, tag);
    boolean distribution = isOfficial(name) || List.of(Base.BUSYBOX, Base.MICRO).contains(base);
    boolean system = name.matches("(.*/)?(alpine|debian|ubuntu|fedora|centos|almalinux|rockylinux"
        + "|oraclelinux|amazonlinux|azurelinux|photon|ubi[0-9]*(-minimal|-init)?)");
    if (user.isEmpty() && (distribution || system)) {
      user = Optional.of(ROOT);
    }
    return new KnownImage(
        base,
        first(BUILD_TOOLS, name, tag),
        first(PACKAGE_MANAGERS, name, tag),
        user,
        first(ENTRYPOINTS, name, tag));
  }

  /** Where a program of the image itself is, if that is known. */
  static Optional<String> directoryOf(RegistryReference reference, String program) {
    String name = name(reference);
    String tag = reference.tag().orElse("");
    return PROGRAMS.stream()
        .filter(r -> r.name.matcher(name).matches() && r.tag.matcher(tag).matches())
        .map(Rule::value)
        .filter(p -> p.programs.matcher(program).matches())
        .map(Programs::directory)
        .findFirst();
  }

  /** Variables that an image is known to set. */
  static Map<String, String> environment(Origin origin) {
    return origin instanceof Origin.Image image
            && image.reference().matches("mcr\\.microsoft\\.com/dotnet/.*")
        ? Map.of("APP_UID", "1654")
        : Map.of();
  }

  private static <T> Optional<T> first(List<Rule<T>> rules, String name, String tag) {
    return rules.stream()
        .filter(r -> r.name.matcher(name).matches() && r.tag.matcher(tag).matches())
        .map(Rule::value)
        .findFirst();
  }

  /** The name as rules have it: without Docker Hub's host, and without a mirror's. */
  private static String name(RegistryReference reference) {
    String repository = reference.repository();
    int library = repository.lastIndexOf("library/");
    if (library == 0 || (library > 0 && repository.charAt(library - 1) == '/')) {
      return repository.substring(library + "library/".length());
    }
    return reference.registry().equals("docker.io")
        ? repository
        : reference.registry() + "/" + repository;
  }
}
