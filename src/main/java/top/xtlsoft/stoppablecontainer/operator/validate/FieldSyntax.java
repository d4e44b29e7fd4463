package top.xtlsoft.stoppablecontainer.operator.validate;

import java.util.regex.Pattern;

/**
 * The syntax of names and references in Kubernetes. The length is checked first: users write these
 * fields, and a regular expression must not run over a megabyte.
 */
final class FieldSyntax {

  private static final int LABEL_CHARS = 63;
  private static final int SUBDOMAIN_CHARS = 253;
  private static final int IMAGE_CHARS = 1024;

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern DNS_SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern LABEL_WORD =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern IMAGE = Pattern.compile(image());

  private FieldSyntax() {}

  /** Name of a container or volume. */
  static boolean isDnsLabel(String text) {
    return text.length() <= LABEL_CHARS && DNS_LABEL.matcher(text).matches();
  }

  /** Name of most objects. */
  static boolean isDnsSubdomain(String text) {
    return text.length() <= SUBDOMAIN_CHARS && DNS_SUBDOMAIN.matcher(text).matches();
  }

  /** Key of a label or annotation: a word, maybe behind a domain and a slash. */
  static boolean isLabelKey(String text) {
    int slash = text.indexOf('/');
    String word = text.substring(slash + 1);
    return (slash < 0 || isDnsSubdomain(text.substring(0, slash)))
        && !word.isEmpty()
        && isLabelValue(word);
  }

  static boolean isLabelValue(String text) {
    return text.isEmpty() || text.length() <= LABEL_CHARS && LABEL_WORD.matcher(text).matches();
  }

  /** Image as the container runtime reads it: {@code [host[:port]/]path[:tag][@digest]}. */
  static boolean isImage(String text) {
    return text.length() <= IMAGE_CHARS && IMAGE.matcher(text).matches();
  }

  private static String image() {
    String part = "[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?";
    String host = "(" + part + "(\\." + part + ")*|\\[[a-fA-F0-9:]+\\])(:[0-9]+)?";
    String word = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
    String tag = ":[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}";
    String digest = "@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    return "(%s/)?%s(/%s)*(%s)?(%s)?".formatted(host, word, word, tag, digest);
  }
}
